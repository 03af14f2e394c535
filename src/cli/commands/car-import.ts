/** `car import`: archives → blocks, verified, pinned. */
import { closeSync } from 'node:fs'
import { CarReader } from '../../formats/car-reader.js'
import { fileSource } from '../../core/byte-source.js'
import { importCar, type ImportReport } from '../../content/car-import.js'
import { KitError, toKitError } from '../../core/errors.js'
import { formatSize } from '../../config/units.js'
import type { BlockSink } from '../../store/ports.js'
import { openArchive } from '../archive.js'
import { flagOf, type Context } from '../context.js'
import { readPins } from '../../store/pins.js'
import { newPin, writing } from '../writing.js'

export async function run(context: Context): Promise<void> {
  const reports = await writing(context, async (session, reading) => {
    const known = readPins(reading.reader.layout.pins)
    const result: ImportReport[] = []
    for (const file of context.args) result.push(await importFile(context, file, session))
    const pins = flagOf(context, 'no-pin')
      ? []
      : result
          .flatMap(({ roots }) => roots.map(String))
          .filter((root) => known.get(root)?.type !== 'recursive')
          .map((root) => newPin(root, 'recursive', known.get(root)?.name ?? ''))
    return { result, pins }
  })
  const roots = reports.flatMap((report) => report.roots.map(String))
  const sum = (key: 'blocks' | 'bytes' | 'duplicates' | 'missing'): number =>
    reports.reduce((total, report) => total + report[key], 0)
  const missing = sum('missing')
  if (missing > 0)
    context.warn(
      `${missing} linked blocks are in neither the archive nor the store; reading them will fail`
    )
  if (context.json)
    context.answer({
      roots,
      blocks: sum('blocks'),
      bytes: sum('bytes'),
      duplicates: sum('duplicates'),
      missing,
      pinned: flagOf(context, 'no-pin') ? 0 : roots.length
    })
  else {
    for (const root of roots) context.print(context.quiet ? root : `imported ${root}`)
    if (!context.quiet)
      context.note(
        `${sum('blocks')} blocks, ${formatSize(sum('bytes'))}, ${sum('duplicates')} of them here before`
      )
  }
}

async function importFile(context: Context, file: string, sink: BlockSink): Promise<ImportReport> {
  const { fd, size } = openArchive(file)
  const progress = context.progress(`importing ${file}`, size)
  try {
    return await importCar(new CarReader(fileSource(fd)), sink, {
      signal: context.signal,
      onBytes: (count) => progress.add(count),
      warn: (line) => context.warn(`${file}: ${line}`)
    })
  } catch (error) {
    const { code, message } = toKitError(error)
    throw new KitError(code, `${file}: ${message}`, { cause: error })
  } finally {
    progress.end()
    closeSync(fd)
  }
}
