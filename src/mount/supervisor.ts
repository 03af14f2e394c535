/**
 * The supervisor starts the engine and unmounts what a killed engine left mounted. It holds no FUSE
 * descriptor. If the supervisor itself is killed, the engine notices, unmounts and ends.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { detach } from './detach.js'
import { ownMountAt, wholeMountOf } from './mountinfo.js'

/** A message of the engine to the supervisor. */
export type EngineMessage =
  /** Sent before a mount is made, and again with its device when it is. */
  | {
      readonly type: 'mounted'
      readonly id: number
      readonly path: string
      readonly device?: string
    }
  | { readonly type: 'unmounted'; readonly id: number }
  | { readonly type: 'ready' }
  /** The answer to a ping: the main thread of the engine is at work. */
  | { readonly type: 'alive' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

/** How an engine ended. */
export interface EngineEnd {
  /** Its exit code, or 1 if it was killed. */
  readonly code: number
  /** Where nobody told it to, and it told nobody: the signal or code, in words; else undefined. */
  readonly loss: string | undefined
}

export interface SuperviseOptions {
  readonly script: string
  readonly args: readonly string[]
  /** Descriptor of the log, for the engine's output. */
  readonly log: number
  readonly onMessage: (message: EngineMessage) => void
  readonly onStart?: (engine: ChildProcess) => void
}

/** Runs an engine until it ends, and takes away what it left mounted. */
export async function supervise(options: SuperviseOptions): Promise<EngineEnd> {
  const mounted = new Map<number, { readonly path: string; readonly device?: string }>()
  const engine = fork(options.script, options.args, {
    stdio: ['ignore', options.log, options.log, 'ipc'],
    cwd: '/'
  })
  // Whether it was told to end, or has said itself why it does.
  let isExpected = false
  options.onStart?.(engine)
  engine.on('message', (message: EngineMessage) => {
    if (message.type === 'mounted') mounted.set(message.id, message)
    if (message.type === 'unmounted') mounted.delete(message.id)
    if (message.type === 'failed') isExpected = true
    options.onMessage(message)
  })
  const forward = (signal: NodeJS.Signals): void => {
    isExpected = true
    engine.kill(signal)
  }
  process.on('SIGTERM', forward)
  process.on('SIGINT', forward)
  const { code, how } = await exitOf(engine)
  for (const { path, device } of mounted.values()) await cleanAway(path, device)
  return { code, loss: code === 0 || isExpected ? undefined : how }
}

/** Takes a dead mount away, wherever it was moved to. Another one at its path is left alone. */
async function cleanAway(path: string, device?: string): Promise<void> {
  const mount = device === undefined ? ownMountAt(path) : wholeMountOf(device, path)
  if (mount !== undefined) await detach(mount, 'abort')
}

const exitOf = (engine: ChildProcess): Promise<{ code: number; how: string }> =>
  new Promise((resolve) => {
    engine.on('error', ({ message }) => resolve({ code: 1, how: message }))
    engine.on('exit', (code, signal) =>
      resolve({ code: code ?? 1, how: signal ?? `exit code ${code ?? '?'}` })
    )
  })
