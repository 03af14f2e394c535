/**
 * The blocks of a Kubo repository on this machine, read from its flatfs files directly: no
 * request, no copy through a socket.
 */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { blockPath, openBlockFolder, type BlockFolder } from '../flatfs.js'
import { Skipped } from '../skipped.js'
import type { RepoAnswer, RepoFailure, RepoRequest } from './repo-messages.js'

interface Waiting {
  readonly path: string
  readonly resolve: (block: Uint8Array) => void
  readonly reject: (error: KitError) => void
}

export class KuboRepo {
  readonly folder: BlockFolder
  #thread: Worker | undefined
  /** The requests of this turn of the event loop: they go as one message. */
  #asked: Waiting[] = []
  readonly #waiting = new Map<number, readonly Waiting[]>()
  #last = 0

  readonly #skipped: Skipped

  private constructor(folder: BlockFolder, skipped: Skipped) {
    this.folder = folder
    this.#skipped = skipped
  }

  /** @returns undefined where there is none that can be read, or one laid out in another way. */
  static open(repo: string, skipped = new Skipped(repo)): KuboRepo | undefined {
    const folder = openBlockFolder(join(repo, 'blocks'))
    return folder === undefined ? undefined : new KuboRepo(folder, skipped)
  }

  /** @throws BLOCK_NOT_FOUND, IO. */
  get(cid: Cid): Promise<Uint8Array> {
    const path = blockPath(this.folder, cid)
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) queueMicrotask(() => this.#send())
      this.#asked.push({ path, resolve, reject })
    })
  }

  /** Start its thread: the first who asks need not wait for that. */
  begin(): void {
    this.#thread ??= this.#start()
    if (this.#waiting.size === 0) this.#thread.unref()
  }

  #send(): void {
    const asked = this.#asked
    this.#asked = []
    const id = ++this.#last
    this.#waiting.set(id, asked)
    const request: RepoRequest = { id, paths: asked.map(({ path }) => path) }
    this.#thread ??= this.#start()
    // The program must not end while somebody waits.
    this.#thread.ref()
    this.#thread.postMessage(request)
  }

  #start(): Worker {
    const thread = new Worker(new URL('./repo-thread.js', import.meta.url))
    thread.on('message', ({ id, blocks }: RepoAnswer) => {
      const waiting = this.#waiting.get(id) ?? []
      this.#waiting.delete(id)
      if (this.#waiting.size === 0) thread.unref()
      blocks.forEach((block, i) => this.#settle(waiting[i]!, block))
    })
    thread.on('error', (error) => this.#lose(`reading it failed: ${error.message}`))
    thread.on('exit', () => this.#lose('reading it was stopped'))
    return thread
  }

  /** The thread has died: the next one who asks has another. */
  #lose(reason: string): void {
    this.#thread = undefined
    const failure = { code: 'IO', reason } as const
    for (const waiting of this.#waiting.values())
      for (const one of waiting) this.#settle(one, failure)
    this.#waiting.clear()
  }

  async close(): Promise<void> {
    // The program waits for the end of the thread, and would not for one that is not counted.
    this.#thread?.ref()
    await this.#thread?.terminate()
  }

  #settle({ resolve, reject }: Waiting, block: Uint8Array | RepoFailure): void {
    if (block instanceof Uint8Array) return resolve(block)
    const { code, reason } = block
    if (code === 'UNSUPPORTED' || code === 'TOO_LARGE') this.#skipped.tell(reason)
    reject(new KitError(code, reason))
  }
}
