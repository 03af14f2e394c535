/** `daemon restart`: ends the engine of this home, and starts another with the settings of now. */
import { daemonStart } from '../../operations/daemon-start.js'
import { daemonStop } from '../../operations/daemon-stop.js'
import { engineChoiceFrom } from '../../operations/engine-choice.js'
import { portLines } from '../port-lines.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { services, run } = context
  const { wasRunning } = await daemonStop(services, {}, run)
  const { pid, ports } = await daemonStart(services, engineChoiceFrom(context.config), run)
  if (context.json) return context.answer({ pid, wasRunning, ports })
  context.print(`the engine of ${context.home} runs, process ${pid}`)
  for (const line of portLines(ports)) context.print(line)
}
