/** `car verify`: is an archive whole and true? */
import { closeSync } from 'node:fs'
import { CarReader } from '../../formats/car-reader.js'
import { fileSource } from '../../core/byte-source.js'
import { verifyCar } from '../../content/car-verify.js'
import { KitError, toKitError } from '../../core/errors.js'
import { openArchive } from '../archive.js'
import type { Context } from '../context.js'
import { shortened } from '../table.js'

/** Exit code 3 when a block is damaged, 1 when a linked block is absent. */
export async function run(context: Context): Promise<number> {
  const file = context.args[0]!
  const { fd } = openArchive(file)
  try {
    const report = verifyCar(new CarReader(fileSource(fd)), (line) => context.warn(line))
    const roots = report.roots.map(String)
    const bad = report.bad.map(({ offset, cid, reason }) => ({ offset, cid: String(cid), reason }))
    const missing = report.missing.map(String)
    const success = bad.length === 0 && missing.length === 0
    if (context.json)
      context.answer({ success, roots, blocks: report.blocks, bad, missing, hidden: report.hidden })
    else {
      for (const line of shortened(bad.map(({ offset, reason }) => `bad at ${offset}: ${reason}`)))
        context.print(line)
      for (const line of shortened(missing.map((cid) => `missing ${cid}`))) context.print(line)
      if (report.hidden > 0)
        context.print(`${report.hidden} entries have names no file can have; a mount hides them`)
      context.print(
        `${report.blocks} blocks below ${roots.join(', ')}: ${bad.length} bad, ${missing.length} missing`
      )
    }
    if (bad.length > 0) return 3
    return missing.length > 0 ? 1 : 0
  } catch (error) {
    const { code, message } = toKitError(error)
    throw new KitError(code, `${file}: ${message}`, { cause: error })
  } finally {
    closeSync(fd)
  }
}
