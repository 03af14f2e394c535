/** The life of an engine process: it starts, serves until nobody needs it or a signal comes, and ends. */
import { toKitError } from '../core/errors.js'
import { processLog, type Log } from '../core/log.js'
import { libcFunction } from '../core/native.js'
import type { EngineMessage } from '../mount/supervisor.js'
import { fromArguments, type EngineStart } from './engine-process.js'
import type { EnginePorts, PortRoutes } from './engine-ports.js'
import type { Sessions } from '../http/sessions.js'
import type { HomeService } from './home-service.js'

/** How long answers under way may take to end with the engine. */
const PATIENCE_MS = 5000

export interface Engine {
  readonly service: HomeService
  readonly routes: PortRoutes
  /** Ends what clients watch, for which servers would wait. */
  readonly farewell: () => void
  /** Of browsers. */
  readonly sessions: Sessions
  /** Ends work in the background, before the service stops. */
  readonly rest: () => Promise<void>
  /** Ends what fetches, after the service has stopped. */
  readonly close: () => Promise<void>
}

export type ComposeEngine = (
  start: EngineStart,
  tell: (message: EngineMessage) => Promise<void>,
  log: Log
) => Promise<Engine>

/** Runs an engine, and ends the process with it. */
export async function runEngineProcess(
  args: readonly string[],
  compose: ComposeEngine
): Promise<never> {
  const start = fromArguments(args)
  const log = processLog(start.settings.log)
  dieOnUncaught(log)
  try {
    const stopped = stopOnSignals()
    const engine = await compose(start, tellSupervisor, log)
    const { service, farewell, rest, close } = engine
    const ports = await begin(start, engine, log)
    void tellSupervisor({ type: 'ready' })
    // Whatever the supervisor sends asks for a sign of life.
    process.on('message', () => void tellSupervisor({ type: 'alive' }))
    const reason = await Promise.race([service.done.then(() => 'nothing needs it'), stopped])
    const isAbandoned = reason === undefined
    if (isAbandoned) log.error(`the supervisor of ${start.home} ended before it was told to; the mounts are taken away`) // prettier-ignore
    log.info(`the engine of ${start.home} is stopping${isAbandoned ? '' : ` (${reason})`}`)
    farewell()
    await Promise.all([ports.close(), service.endAnswers(PATIENCE_MS)])
    await rest()
    await service.stop()
    await close()
    return end(isAbandoned ? 1 : 0, log)
  } catch (error) {
    const { code, message } = toKitError(error)
    log.error(message)
    await tellSupervisor({ type: 'failed', code, message })
    return end(1, log)
  }
}

const tellSupervisor = (message: EngineMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send!(message, () => resolve())
    else resolve()
  })

async function begin(
  { home, mount, settings }: EngineStart,
  { service, routes, sessions }: Engine,
  log: Log
): Promise<EnginePorts> {
  await service.listen()
  if (mount === null) service.stay()
  else await service.mount(mount.path, mount.options)
  const { openPorts } = await import('./engine-ports.js')
  const warn = (message: string): void => service.warn(message)
  const ports = await openPorts(home, settings.ports, routes, { warn, log, sessions })
  service.ports = ports.reports
  if (settings.ports.metrics !== null) void service.count()
  return ports
}

function dieOnUncaught(log: Log): void {
  // A mount whose engine lost its main thread would never answer: the supervisor takes it away.
  process.on('uncaughtException', (error) => {
    log.error('the engine failed', error)
    process.kill(process.pid, 'SIGKILL')
  })
}

/** Resolves when the engine is asked to end, to the signal; to undefined when its supervisor died. */
const stopOnSignals = (): Promise<NodeJS.Signals | undefined> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve(signal))
    process.on('disconnect', () => resolve(undefined))
  })

/**
 * Ends the process at once. exit() would wait for ever for threads that sit in a read of a mount or
 * of a disk that hangs; _exit does not wait.
 */
function end(code: number, log: Log): never {
  try {
    libcFunction('void _exit(int code)')(code)
  } catch (error) {
    log.error('the engine is killed, as it cannot end by itself', error)
  }
  process.kill(process.pid, 'SIGKILL')
  throw new Error('the engine has ended')
}
