/**
 * Starts an engine: by a supervisor process, which starts the engine and removes its mounts when it
 * dies.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { onAbort } from '../core/abort.js'
import { type ErrorCode, KitError, toKitError } from '../core/errors.js'
import type { MountOptions } from '../mount/driver.js'
import type { EngineMessage } from '../mount/supervisor.js'
import { MAIN_SCRIPT } from '../core/main-script.js'
import type { EngineSettings } from './settings.js'

/** How long a new engine may take until its mount answers. */
const READY_MS = 30_000

/** Parameters of an engine and its supervisor. */
export interface EngineStart {
  readonly home: string
  readonly settings: EngineSettings
  /** The first mount; without one the engine stays until it is told to leave. */
  readonly mount: { readonly path: string; readonly options: MountOptions } | null
}

/**
 * Returns the words of a command line. The home is a word of its own, so that its processes can be
 * found.
 */
const toArguments = ({ home, ...rest }: EngineStart): string[] => [home, JSON.stringify(rest)]

/** Parses the words that `toArguments` returns. */
export const fromArguments = ([home = '', rest = '{}']: readonly string[]): EngineStart => ({
  home,
  ...(JSON.parse(rest) as Omit<EngineStart, 'home'>)
})

/**
 * Starts a supervisor that outlives this process, and waits until its engine is ready.
 * @throws what the engine reports; INTERNAL when it ends; TIMEOUT; the signal's reason.
 */
export async function startSupervisor(start: EngineStart, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw signal.reason
  const child = fork(MAIN_SCRIPT, ['supervise', ...toArguments(start)], {
    detached: true,
    // The folder of the caller may be on a disk that is to be unmounted, or be gone.
    cwd: '/',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
  try {
    await readyOf(child, start.home, signal)
  } finally {
    // The engine lives on, whatever becomes of this process and of the signal.
    child.removeAllListeners()
    child.on('error', () => undefined)
    if (child.connected) child.disconnect()
    child.unref()
  }
}

/** Waits until the engine is ready; ends it when that takes too long, or the caller gives up. */
async function readyOf(child: ChildProcess, home: string, signal: AbortSignal): Promise<void> {
  const limit = new AbortController()
  const late = `the engine was not ready within ${READY_MS / 1000} s; see ${home}/run`
  const timer = setTimeout(() => limit.abort(new KitError('TIMEOUT', late)), READY_MS)
  const release = onAbort(signal, () => limit.abort(signal.reason))
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort(limit.signal, () => {
        child.kill('SIGTERM')
        reject(limit.signal.reason as Error)
      })
      child.on('message', (message: EngineMessage) => {
        if (message.type === 'ready') resolve()
        if (message.type === 'failed') reject(failureOf(message))
      })
      child.on('error', (error) => reject(toKitError(error, 'the engine cannot be started')))
      child.on('exit', () => {
        reject(new KitError('INTERNAL', `the engine ended before it was ready; see ${home}/run`))
      })
    })
  } finally {
    clearTimeout(timer)
    release()
  }
}

/**
 * Runs an engine as a child process until it ends.
 * @param ready called when its mount answers.
 * @returns its exit code.
 * @throws what the engine reports before it is ready.
 */
export async function runInForeground(start: EngineStart, ready: () => void): Promise<number> {
  const [{ supervise }, { ManagedService }] = await Promise.all([
    import('../mount/supervisor.js'),
    import('./managed-service.js')
  ])
  const service = new ManagedService()
  process.chdir('/')
  let failure: KitError | undefined
  const { code, loss } = await supervise({
    script: MAIN_SCRIPT,
    args: ['engine', ...toArguments(start)],
    log: 2,
    onStart: (engine) => service.watch(engine),
    onMessage: (message) => {
      service.receive(message)
      if (message.type === 'ready') ready()
      if (message.type === 'failed') failure = failureOf(message)
    }
  })
  service.end()
  if (failure !== undefined) throw failure
  if (loss !== undefined) throw new KitError('IO', lossText(start.home, loss))
  return code
}

/** Returns what to say of an engine that ended without being told to. @param how in words. */
export const lossText = (home: string, how: string): string =>
  `the engine of ${home} ended before it was told to (${how}); its mounts were taken away`

const failureOf = ({ code, message }: { code: string; message: string }): KitError =>
  new KitError(code as ErrorCode, message)
