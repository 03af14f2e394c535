/** `daemon status`: shows whether an engine runs, since when, and why. */
import { formatSize } from '../../config/units.js'
import { KitError } from '../../core/errors.js'
import { daemonStatus } from '../../operations/daemon-status.js'
import type { Context } from '../context.js'
import { portLines } from '../port-lines.js'

/** @returns PATH_NOT_FOUND when no engine runs. */
export async function run(context: Context): Promise<KitError | undefined> {
  const { engine } = await daemonStatus(context.services, {}, context.run)
  if (context.json) context.answer({ running: engine !== null, engine })
  else if (engine !== null) {
    const { pid, startedAt, stays, mounts, memory, ports } = engine
    const why = [...(stays ? ['it was told to stay'] : []), ...mounts.map(({ path }) => path)]
    context.print(
      `process ${pid}, since ${startedAt}, ${formatSize(memory.resident)}: ${why.join(', ')}`
    )
    for (const line of portLines(ports)) context.print(line)
    for (const line of engine.warnings) context.run.warn(line)
  }
  if (engine !== null) return undefined
  return new KitError(
    'PATH_NOT_FOUND',
    'no engine runs for this home; start one with `ipfs-kit daemon start`'
  )
}
