/** `daemon stop`: ends the engine of a home that has no mounts. */
import { daemonStop } from '../../operations/daemon-stop.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { wasRunning } = await daemonStop(context.services, {}, context.run)
  if (context.json) context.answer({ wasRunning })
  else context.print(wasRunning ? 'the engine has ended' : 'no engine runs for this home')
}
