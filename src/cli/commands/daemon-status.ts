/** `daemon status`: shows whether an engine runs, since when, and why. */
import { formatSize } from '../../config/units.js'
import { daemonStatus } from '../../operations/daemon-status.js'
import type { Context } from '../context.js'

/** @returns exit code 1 when no engine runs. */
export async function run(context: Context): Promise<number> {
  const { engine } = await daemonStatus(context.services, {}, context.run)
  if (context.json) context.answer({ running: engine !== null, engine })
  else if (engine === null)
    context.print('no engine runs for this home; start one with `ipfs-kit daemon start`')
  else {
    const { pid, startedAt, stays, mounts, memory } = engine
    const why = [...(stays ? ['it was told to stay'] : []), ...mounts.map(({ path }) => path)]
    context.print(
      `process ${pid}, since ${startedAt}, ${formatSize(memory.resident)}: ${why.join(', ')}`
    )
  }
  return engine === null ? 1 : 0
}
