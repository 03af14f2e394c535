/** `daemon start`: starts an engine that lives without mounts. */
import { KitError } from '../../core/errors.js'
import { daemonStart } from '../../operations/daemon-start.js'
import { engineChoiceFrom } from '../../operations/engine-choice.js'
import { portLines } from '../port-lines.js'
import { flagOf, type Context } from '../context.js'

export async function run(context: Context): Promise<KitError | undefined> {
  const choice = engineChoiceFrom(context.config)
  // In the foreground this process supervises the engine, so it stays until that ends.
  if (flagOf(context, 'foreground')) {
    const ready = (): void => context.print('the engine runs; Ctrl-C ends it')
    const code = await context.services.engine.serve(choice, ready, context.run)
    return code === 0 ? undefined : new KitError('IO', 'the engine ended before it was told to')
  }
  const started = await daemonStart(context.services, choice, context.run)
  const { pid, wasRunning, ports } = started
  if (context.json) {
    context.answer(started)
    return undefined
  }
  context.print(wasRunning ? `the engine runs already (process ${pid}), and stays` : `the engine runs (process ${pid})`) // prettier-ignore
  for (const line of portLines(ports)) context.print(line)
  return undefined
}
