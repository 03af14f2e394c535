/** `daemon restart`: ends the engine of this home, and starts another with the settings of now. */
import { daemonStart } from '../../operations/daemon-start.js'
import { daemonStop } from '../../operations/daemon-stop.js'
import { engineChoiceFrom } from '../../operations/engine-choice.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { services, run } = context
  const { wasRunning } = await daemonStop(services, {}, run)
  const { pid } = await daemonStart(services, engineChoiceFrom(context.config), run)
  if (context.json) context.answer({ pid, wasRunning })
  else context.print(`the engine of ${context.home} runs, process ${pid}`)
}
