/** `daemon start`: starts an engine that lives without mounts. */
import { daemonStart } from '../../operations/daemon-start.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const listen = context.config['metrics.listen']
  const { pid, wasRunning } = await daemonStart(context.services, { listen }, context.run)
  if (context.json) context.answer({ pid, wasRunning })
  else
    context.print(wasRunning ? `the engine runs already (process ${pid}), and stays` : `the engine runs (process ${pid})`) // prettier-ignore
}
