/**
 * Prepares what serving threads must not wait for, on threads of its own: a few at a time, so
 * that one that takes long holds up nobody. They live as long as there is something to do, and
 * what they used is given back when they end.
 */
import type { Worker } from 'node:worker_threads'
import type { Cid } from '../core/cid.js'
import { type ErrorCode, KitError } from '../core/errors.js'

const MAX_THREADS = 3
/** How long a thread waits for more work: starting one takes some 50 ms. */
const IDLE_MS = 2000

/** What a thread answers for the CID that it was sent. */
export type BuiltTable =
  | { readonly type: 'done'; readonly unsaved: Uint8Array | undefined }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }

interface Job {
  readonly cid: Cid
  readonly resolve: (unsaved: Uint8Array | undefined) => void
  readonly reject: (error: unknown) => void
}

export class TableBuilders {
  readonly #start: () => Worker
  /** What is under way, by CID: one preparation serves all who ask. */
  readonly #underWay = new Map<string, Promise<Uint8Array | undefined>>()
  readonly #queue: Job[] = []
  readonly #idle: Worker[] = []
  /** What each thread is at; undefined while it is idle. */
  readonly #threads = new Map<Worker, Job | undefined>()

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
    const made = new Promise<Uint8Array | undefined>((resolve, reject) => {
      this.#queue.push({ cid, resolve, reject })
    }).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, made)
    this.#dispatch()
    return made
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      if (this.#idle.length === 0 && this.#threads.size >= MAX_THREADS) return
      const worker = this.#idle.pop() ?? this.#hire()
      const job = this.#queue.shift()!
      this.#threads.set(worker, job)
      worker.postMessage(job.cid.bytes)
    }
  }

  #hire(): Worker {
    const worker = this.#start()
    worker.unref()
    this.#threads.set(worker, undefined)
    worker.on('message', (answer: BuiltTable) => {
      const job = this.#threads.get(worker)
      this.#threads.set(worker, undefined)
      if (answer.type === 'done') job?.resolve(answer.unsaved)
      else job?.reject(new KitError(answer.code, answer.message))
      this.#rest(worker)
      this.#dispatch()
    })
    worker.on('error', (error) => this.#lose(worker, error))
    worker.on('exit', () => this.#lose(worker, new KitError('INTERNAL', 'preparing was stopped')))
    return worker
  }

  /** Wait for more work, and end when none comes. */
  #rest(worker: Worker): void {
    this.#idle.push(worker)
    setTimeout(() => {
      const at = this.#idle.indexOf(worker)
      if (at < 0) return
      this.#idle.splice(at, 1)
      this.#threads.delete(worker)
      void worker.terminate()
    }, IDLE_MS).unref()
  }

  /** A thread has died: what it was at fails, the others go on. */
  #lose(worker: Worker, error: unknown): void {
    const job = this.#threads.get(worker)
    if (!this.#threads.delete(worker)) return
    const at = this.#idle.indexOf(worker)
    if (at >= 0) this.#idle.splice(at, 1)
    job?.reject(error)
    this.#dispatch()
  }
}
