/** A process that works on a mount, as its owner sees it. Calls end with their signals, it may be stuck. */
import { fork, type ChildProcess, type ForkOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { abortion, onAbort } from '../../src/core/abort.js'
import { KitError } from '../../src/core/errors.js'
import { extendTime } from '../call-time.js'
import type { FileEntry, FileContent } from '../facets/named-files.js'
import { asRenameError } from '../files/rename-step.js'
import type { Failure, FromFolder, ToFolder, Value, Work } from './folder-messages.js'
import { Turnstile } from './turnstile.js'

const PROGRAM = fileURLToPath(new URL('folder-process.js', import.meta.url))
/** A process that does not confirm the end of a call by then is held up by the mount. */
const GRACE_MS = 1000
/** Calls on a mount that one process makes at a time. */
const THREADS = '16'
/** Values of a stream that are on their way. */
const AHEAD = { get: 3, list: 64 } as const

interface Call {
  readonly events: Turnstile<Exclude<FromFolder, { skipped: string }>>
}

export interface FolderOwner {
  /** Is told of what is skipped. */
  readonly skipped: (reason: string) => void
  /** Is told when the process is of no use any more: it ended, or is stuck in a call. */
  readonly lost: () => void
}

export class FolderClient {
  readonly #child: ChildProcess
  readonly #owner: FolderOwner
  readonly #where: string
  readonly #calls = new Map<number, Call>()
  #lastId = 0
  #isLost = false

  /** @param device of the mount, as the table of mounts has it. */
  constructor(path: string, device: string, owner: FolderOwner) {
    this.#owner = owner
    this.#where = path
    // Nothing of ours but what it needs, and no folder that it would keep busy.
    const env = { UV_THREADPOOL_SIZE: THREADS }
    const options: ForkOptions = { serialization: 'advanced', execArgv: [], cwd: '/', env }
    this.#child = fork(PROGRAM, [path, device], { ...options, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }) // prettier-ignore
    this.#child.on('message', (message) => this.#hear(message as FromFolder))
    this.#child.on('error', () => this.#lose())
    this.#child.on('exit', () => this.#lose())
    this.#letGo()
  }

  /** Whether it has ended for good. One that was killed and has not is held up in the kernel. */
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async *stream(work: Work & { call: 'get' | 'list' }, signal: AbortSignal): AsyncIterable<Value> {
    const { id, call, end } = this.#begin(work, signal)
    try {
      for (let i = 0; i < AHEAD[work.call]; i++) this.#send({ id, pull: true })
      for (;;) {
        const event = await call.events.next()
        if ('failure' in event) throw failureOf(event.failure)
        if ('done' in event) return
        if ('value' in event) yield event.value
        this.#send({ id, pull: true })
      }
    } finally {
      end()
    }
  }

  /** Makes a call with one answer. @param content of a file that is put. */
  async run(
    work: Work,
    signal: AbortSignal,
    content: FileContent = () => []
  ): Promise<FileEntry | string | number | undefined> {
    const { id, call, end } = this.#begin(work, signal)
    let pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array> | undefined
    try {
      for (;;) {
        const event = await call.events.next()
        if ('failure' in event) throw failureOf(event.failure)
        if ('done' in event) return event.done
        if ('busy' in event) extendTime(signal)
        if (!('pull' in event)) continue
        pieces ??= iteratorOf(content())
        const piece = await unlessFailed(pieces.next(), signal)
        this.#send({ id, piece: piece.done === true ? undefined : piece.value })
      }
    } finally {
      end()
      void Promise.resolve(pieces?.return?.()).catch(() => undefined)
    }
  }

  /** Ends it, whatever it does. */
  kill(): void {
    this.#lose()
  }

  #begin(work: Work, signal: AbortSignal): { id: number; call: Call; end: () => void } {
    if (signal.aborted) throw signal.reason
    const id = ++this.#lastId
    const call: Call = { events: new Turnstile() }
    if (this.#isLost) call.events.fail(this.#gone())
    this.#calls.set(id, call)
    this.#hold()
    this.#send({ id, work })
    const release = onAbort(signal, () => call.events.fail(signal.reason as Error))
    const end = (): void => {
      release()
      this.#leave(id)
    }
    return { id, call, end }
  }

  /** Ends a call that may still be under way there. */
  #leave(id: number): void {
    if (!this.#calls.has(id)) return
    this.#send({ id, cancel: true })
    const timer = setTimeout(() => {
      if (this.#calls.has(id)) this.#lose()
    }, GRACE_MS)
    timer.unref()
  }

  #hear(message: FromFolder): void {
    if ('skipped' in message) return this.#owner.skipped(message.skipped)
    this.#calls.get(message.id)?.events.give(message)
    if (!('done' in message) && !('failure' in message)) return
    this.#calls.delete(message.id)
    if (this.#calls.size === 0) this.#letGo()
  }

  #send(message: ToFolder): void {
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  #lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#child.kill('SIGKILL')
    for (const { events } of this.#calls.values()) events.fail(this.#gone())
    this.#calls.clear()
    if (this.#child.connected) this.#child.disconnect()
    this.#child.unref()
    this.#owner.lost()
  }

  #gone(): KitError {
    return new KitError(
      'BACKEND_UNAVAILABLE',
      `the process that works on ${this.#where} has ended; is the mount still there?`
    )
  }

  /** Keeps this process alive for as long as a call is under way. */
  #hold(): void {
    this.#child.ref()
    this.#child.channel?.ref()
  }

  #letGo(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }
}

function failureOf({ code, message, isRename }: Failure): KitError {
  const error = new KitError(code, message)
  return isRename ? asRenameError(error) : error
}

function iteratorOf(
  content: ReturnType<FileContent>
): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  // prettier-ignore
  return Symbol.asyncIterator in content ? content[Symbol.asyncIterator]() : content[Symbol.iterator]() // prettier-ignore
}

/** Waits for content, which may stand still. */
async function unlessFailed<T>(value: T | Promise<T>, signal: AbortSignal): Promise<T> {
  const { aborted, end } = abortion(signal)
  try {
    return await Promise.race([value, aborted])
  } finally {
    end()
  }
}
