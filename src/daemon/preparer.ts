/**
 * Prepares what serving threads must not wait for, on a thread of its own that lives as long
 * as there is something to do: what it used is given back when it ends.
 */
import type { Worker } from 'node:worker_threads'
import type { Cid } from '../core/cid.js'
import { type ErrorCode, KitError } from '../core/errors.js'

/** How long the thread waits for more work: starting one takes some 50 ms. */
const IDLE_MS = 2000

/** What the thread answers for each CID that it is sent, in order. */
export type Prepared =
  | { readonly type: 'done'; readonly unsaved: Uint8Array | undefined }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }

interface Work {
  readonly resolve: (unsaved: Uint8Array | undefined) => void
  readonly reject: (error: unknown) => void
}

export class Preparer {
  readonly #start: () => Worker
  /** What is under way, by CID: one preparation serves all who ask. */
  readonly #underWay = new Map<string, Promise<Uint8Array | undefined>>()
  readonly #queue: Work[] = []
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined

  constructor(start: () => Worker) {
    this.#start = start
  }

  /**
   * Have it prepared.
   * @returns undefined when it is stored for all; else its bytes, to be kept by who asks.
   */
  prepare(cid: Cid): Promise<Uint8Array | undefined> {
    const key = String(cid)
    const known = this.#underWay.get(key)
    if (known !== undefined) return known
    const made = this.#ask(cid).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, made)
    return made
  }

  #ask(cid: Cid): Promise<Uint8Array | undefined> {
    clearTimeout(this.#idle)
    const worker = (this.#worker ??= this.#hire())
    return new Promise((resolve, reject) => {
      this.#queue.push({ resolve, reject })
      worker.postMessage(cid.bytes)
    })
  }

  #hire(): Worker {
    const worker = this.#start()
    worker.unref()
    worker.on('message', (answer: Prepared) => {
      const work = this.#queue.shift()
      if (answer.type === 'done') work?.resolve(answer.unsaved)
      else work?.reject(new KitError(answer.code, answer.message))
      if (this.#queue.length === 0) this.#idle = setTimeout(() => this.stop(), IDLE_MS).unref()
    })
    worker.on('error', (error) => this.#lose(worker, error))
    worker.on('exit', () => this.#lose(worker, new KitError('INTERNAL', 'preparing was stopped')))
    return worker
  }

  #lose(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const work of this.#queue.splice(0)) work.reject(error)
  }

  /** End the thread; what it is at fails. */
  stop(): void {
    clearTimeout(this.#idle)
    const worker = this.#worker
    if (worker === undefined) return
    this.#lose(worker, new KitError('ABORTED', 'the mount is going away'))
    void worker.terminate()
  }
}
