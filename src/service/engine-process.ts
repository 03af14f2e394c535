/**
 * Starts an engine: by a supervisor process, which starts the engine and removes its mounts when it
 * dies.
 */
import { fork } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { type ErrorCode, KitError } from '../core/errors.js'
import type { MountOptions } from '../mount/driver.js'
import type { EngineMessage } from '../mount/supervisor.js'
import { MAIN_SCRIPT } from './main-script.js'
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
export const toArguments = ({ home, ...rest }: EngineStart): string[] => [
  home,
  JSON.stringify(rest)
]

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
  const child = fork(MAIN_SCRIPT, ['supervise', ...toArguments(start)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
  try {
    await new Promise<void>((resolve, reject) => {
      const giveUp = (error: KitError): void => {
        child.kill('SIGTERM')
        reject(error)
      }
      child.on('message', (message: EngineMessage) => {
        if (message.type === 'ready') resolve()
        if (message.type === 'failed') reject(failureOf(message))
      })
      child.on(
        'exit',
        () =>
        reject(new KitError('INTERNAL', `the engine ended before it was ready; see ${start.home}/run`)) // prettier-ignore
      )
      signal.addEventListener('abort', () => giveUp(signal.reason as KitError), { once: true })
      void delay(READY_MS, undefined, { ref: false }).then(
        () =>
        giveUp(new KitError('TIMEOUT', `the engine was not ready within ${READY_MS / 1000} s; see ${start.home}/run`)) // prettier-ignore
      )
    })
  } finally {
    if (child.connected) child.disconnect()
    child.unref()
  }
}

/**
 * Runs an engine as a child process until it ends.
 * @param ready called when its mount answers.
 * @returns its exit code.
 * @throws what the engine reports before it is ready.
 */
export async function runInForeground(start: EngineStart, ready: () => void): Promise<number> {
  const { supervise } = await import('../mount/supervisor.js')
  let failure: KitError | undefined
  const code = await supervise({
    script: MAIN_SCRIPT,
    args: ['engine', ...toArguments(start)],
    log: 2,
    onMessage: (message) => {
      if (message.type === 'ready') ready()
      if (message.type === 'failed') failure = failureOf(message)
    }
  })
  if (failure !== undefined) throw failure
  return code
}

const failureOf = ({ code, message }: { code: string; message: string }): KitError =>
  new KitError(code as ErrorCode, message)
