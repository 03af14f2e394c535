/** The callers' side of the protocol: a connection to the owner of a home. */
import { connect, type Socket } from 'node:net'
import { onAbort, unlessAborted } from '../core/abort.js'
import { KitError, systemCode, toKitError } from '../core/errors.js'
import { MAX_RESULT, receiveLines, sendFrame, type AnswerFrame } from './frames.js'
import { PROTOCOL_VERSION, type AnswerOf, type MethodName, type ProgressOf, type RequestOf } from './protocol.js' // prettier-ignore

/** How long the owner may send nothing during a call. */
const MAX_SILENCE_MS = 30_000
/**
 * How long the answer to a cancelled call is waited for, since the owner may have finished the
 * work.
 */
const CANCEL_WAIT_MS = 2000

export interface CallOptions<M extends MethodName> {
  /** Whether an owner of another version may answer: for methods whose shape never changes. */
  readonly anyVersion?: boolean
  /** Cancels the call at the owner too. */
  readonly signal?: AbortSignal
  readonly progress?: (value: ProgressOf<M>) => void
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly progress: (value: never) => void
  /** Parts of the result that have arrived. */
  text: string
}

const silentError = (): KitError =>
  new KitError(
    'TIMEOUT',
    'the process that owns this home does not answer; see `ipfs-kit status`, or take its mounts away with `ipfs-kit unmount --force`'
  )

const endedError = (): KitError =>
  new KitError('CLOSED', 'the process that owns this home ended during the call')

export class OwnerClient {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #timer: NodeJS.Timeout | undefined
  #next = 1
  #versionChecked: Promise<void> | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    receiveLines(socket, (line) => this.#receive(line))
    socket.on('close', () => this.#fail())
    socket.on('error', () => this.#fail())
  }

  /**
   * Connects to an owner. @returns undefined when nobody listens. @throws ACCESS_DENIED for another
   * user's home.
   */
  static connect(path: string): Promise<OwnerClient | undefined> {
    return new Promise((resolve, reject) => {
      const socket = connect(path)
      socket.once('connect', () => resolve(new OwnerClient(socket)))
      socket.once('error', (error) => {
        const code = systemCode(error)
        if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(undefined)
        else reject(toKitError(error, `cannot speak to the owner at ${path}`))
      })
    })
  }

  /**
   * Calls a method of the owner.
   * @throws what the method throws; ABORTED when the signal cancels it; UNSUPPORTED for an owner of
   * another version; TIMEOUT for one that is silent, CLOSED for one that ends.
   */
  async call<M extends MethodName>(
    method: M,
    request: RequestOf<M>,
    options: CallOptions<M> = {}
  ): Promise<AnswerOf<M>> {
    if (options.anyVersion === true) return await this.#send(method, request, options)
    this.#versionChecked ??= this.#checkVersion()
    await unlessAborted(this.#versionChecked, options.signal)
    return await this.#send(method, request, options)
  }

  /**
   * Checks the owner's version. An owner of version 1 does not know `hello`, which tells it apart.
   */
  async #checkVersion(): Promise<void> {
    const hello = this.#send('hello', { version: PROTOCOL_VERSION }, {}).catch((error: unknown) => {
      if (toKitError(error).code === 'UNSUPPORTED')
        return { version: 1, program: 'unknown', pid: 0 }
      throw error
    })
    const { version, program, pid } = await hello
    if (version !== PROTOCOL_VERSION) throw versionError(version, program, pid)
  }

  #send<M extends MethodName>(
    method: M,
    request: RequestOf<M>,
    { signal, progress }: CallOptions<M>
  ): Promise<AnswerOf<M>> {
    if (this.#socket.destroyed) return Promise.reject(endedError())
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const id = this.#next++
    return new Promise<AnswerOf<M>>((resolve, reject) => {
      const settled =
        signal === undefined
          ? (): void => undefined
          : onAbort(signal, () => this.#cancel(id, signal.reason as Error))
      this.#waiting.set(id, {
        resolve: (value) => {
          settled()
          resolve(value as AnswerOf<M>)
        },
        reject: (error) => {
          settled()
          reject(error)
        },
        progress: progress ?? (() => undefined),
        text: ''
      })
      this.#restartTimer()
      sendFrame(this.#socket, { id, method, params: request })
    })
  }

  /** Tells the owner to cancel, and still waits for its answer: the work may be done already. */
  #cancel(id: number, reason: Error): void {
    sendFrame(this.#socket, { id, cancel: true })
    setTimeout(() => {
      this.#waiting.get(id)?.reject(reason)
      this.#waiting.delete(id)
    }, CANCEL_WAIT_MS).unref()
  }

  /** Restarts the time limit for the next line, or clears it when no call waits. */
  #restartTimer(): void {
    clearTimeout(this.#timer)
    if (this.#waiting.size > 0)
      this.#timer = setTimeout(() => this.#fail(silentError()), MAX_SILENCE_MS)
  }

  #receive(line: string): void {
    try {
      this.#handleFrame(JSON.parse(line) as AnswerFrame)
    } catch (error) {
      this.#fail(toKitError(error))
      this.#socket.destroy()
    }
    this.#restartTimer()
  }

  #handleFrame(frame: AnswerFrame): void {
    const call = this.#waiting.get(frame.id)
    if (call === undefined) return
    if (frame.progress !== undefined) {
      call.progress(frame.progress as never)
      return
    }
    if (frame.part !== undefined) {
      call.text += frame.part
      if (call.text.length > MAX_RESULT)
        throw new KitError('TOO_LARGE', 'the owner of this home answers with too much')
      return
    }
    const isOver = frame.parts === true || frame.error !== undefined || 'result' in frame
    if (!isOver) return
    this.#waiting.delete(frame.id)
    if (frame.error === undefined)
      call.resolve(frame.parts === true ? JSON.parse(call.text) : frame.result)
    else
      call.reject(
        new KitError(frame.error.code, frame.error.message, { details: frame.error.details ?? [] })
      )
  }

  #fail(reason = endedError()): void {
    clearTimeout(this.#timer)
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#socket.destroy()
  }
}

function versionError(version: number, program: string, pid: number): KitError {
  const which = version < PROTOCOL_VERSION ? 'an older' : 'a newer'
  const process = pid === 0 ? '' : ` (version ${program}, process ${pid})`
  return new KitError(
    'UNSUPPORTED',
    `this home is served by ${which} ipfs-kit${process}; unmount it and mount it again with this one, or use that one`
  )
}
