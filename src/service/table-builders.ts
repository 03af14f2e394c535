/**
 * Builds tables on threads of their own, because serving threads must not wait for them: a few at a
 * time, so that a slow one does not hold up the others. Idle threads end, which frees their memory.
 */
import type { Worker } from 'node:worker_threads'
import type { Cid } from '../core/cid.js'
import { type ErrorCode, KitError } from '../core/errors.js'

const MAX_THREADS = 3
/** How long an idle thread waits for work, since starting one takes some 50 ms. */
const IDLE_MS = 2000

/** A thread's answer to the CID it was sent. `unsaved` holds a table that could not be stored. */
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
  /** Tables in flight, by CID: one build serves all who ask. */
  readonly #underWay = new Map<string, Promise<Uint8Array | undefined>>()
  readonly #queue: Job[] = []
  readonly #idle: Worker[] = []
  /** The job of each thread; undefined while it is idle. */
  readonly #threads = new Map<Worker, Job | undefined>()

  constructor(start: () => Worker) {
    this.#start = start
  }

  /**
   * Builds a table in a single flight for all callers.
   * @returns undefined when it is stored for all; else its bytes, which the caller keeps.
   * @throws what building it throws; INTERNAL when its thread dies.
   */
  prepare(cid: Cid): Promise<Uint8Array | undefined> {
    const key = String(cid)
    const known = this.#underWay.get(key)
    if (known !== undefined) return known
    const built = new Promise<Uint8Array | undefined>((resolve, reject) => {
      this.#queue.push({ cid, resolve, reject })
    }).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, built)
    this.#dispatch()
    return built
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      if (this.#idle.length === 0 && this.#threads.size >= MAX_THREADS) return
      const worker = this.#idle.pop() ?? this.#startWorker()
      const job = this.#queue.shift()!
      this.#threads.set(worker, job)
      worker.postMessage(job.cid.bytes)
    }
  }

  #startWorker(): Worker {
    const worker = this.#start()
    worker.unref()
    this.#threads.set(worker, undefined)
    worker.on('message', (answer: BuiltTable) => {
      const job = this.#threads.get(worker)
      this.#threads.set(worker, undefined)
      if (answer.type === 'done') job?.resolve(answer.unsaved)
      else job?.reject(new KitError(answer.code, answer.message))
      this.#park(worker)
      this.#dispatch()
    })
    worker.on('error', (error) => this.#removeWorker(worker, error))
    worker.on('exit', () =>
      this.#removeWorker(worker, new KitError('INTERNAL', 'preparing was stopped'))
    )
    return worker
  }

  /** Lets a thread wait for work, and ends it when none comes. */
  #park(worker: Worker): void {
    this.#idle.push(worker)
    setTimeout(() => {
      const at = this.#idle.indexOf(worker)
      if (at < 0) return
      this.#idle.splice(at, 1)
      this.#threads.delete(worker)
      void worker.terminate()
    }, IDLE_MS).unref()
  }

  /** Removes a thread that died: its job fails, and the queue goes on. */
  #removeWorker(worker: Worker, error: unknown): void {
    const job = this.#threads.get(worker)
    if (!this.#threads.delete(worker)) return
    const at = this.#idle.indexOf(worker)
    if (at >= 0) this.#idle.splice(at, 1)
    job?.reject(error)
    this.#dispatch()
  }
}
