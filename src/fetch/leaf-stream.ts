/**
 * Reads a file as one stream and verifies each leaf against its link: as fast as the backend sends,
 * and as safe as block by block.
 */
import { abortController, onAbort } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import { Turns } from '../core/turns.js'
import type { LeafBuffer, LeafSource } from './leaf-source.js'
import type { Leaf } from './leaves.js'

/** Leaves being kept while the next ones are read. */
const MAX_KEEPING = 4
/** Longest wait for one leaf. A slower stream is worse than several single requests at once. */
const STALL_MS = 4000
/** How long the stream waits for its reader before it ends. */
const IDLE_MS = 5000

interface Waiting {
  readonly until: number
  readonly resume: () => void
}

export class LeafStream {
  /** Offset at which the verified bytes begin. */
  readonly begin: number
  /** Offset up to which bytes are verified and kept. */
  #position: number
  /** Offset that the reader wants to reach. */
  #wanted: number
  #ended = false
  readonly #waiters = new Set<Waiting>()
  readonly #maxAhead: number
  #resume: (() => void) | undefined
  readonly #end = abortController()

  /** @param maxAhead bytes that the stream may be ahead of its reader. */
  constructor(begin: number, maxAhead: number) {
    this.#maxAhead = maxAhead
    this.begin = begin
    this.#position = begin
    this.#wanted = begin
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  /** Returns whether the stream will soon bring the bytes at an offset. */
  covers(offset: number): boolean {
    return !this.#ended && offset >= this.begin && offset < this.#position + this.#maxAhead
  }

  /**
   * Resolves when all bytes before `offset` are here, or the stream has ended without them.
   * @throws the signal's reason.
   */
  waitFor(offset: number, signal: AbortSignal): Promise<void> {
    this.#wanted = Math.max(this.#wanted, offset)
    this.#resume?.()
    if (this.#ended || this.#position >= offset) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const release = onAbort(signal, () => {
        this.#waiters.delete(waiting)
        reject(signal.reason as Error)
      })
      const waiting: Waiting = {
        until: offset,
        resume: () => {
          release()
          resolve()
        }
      }
      this.#waiters.add(waiting)
    })
  }

  /**
   * Reads the stream to its end, or until no reader follows. Never throws.
   * @param leaves the leaves from `begin` on.
   * @param keep keeps a verified block; its memory is reused once it resolves.
   * @returns the error that ended the stream, if any.
   */
  async run(
    leaves: AsyncIterable<Leaf>,
    source: LeafSource,
    keep: (leaf: Leaf, block: Uint8Array) => Promise<void>
  ): Promise<unknown> {
    const underWay: { leaf: Leaf; buffer: LeafBuffer; kept: Promise<void> }[] = []
    const finishOldest = async (): Promise<void> => {
      const { leaf, buffer, kept } = underWay.shift()!
      await kept
      source.giveBack(buffer)
      this.#advance(leaf.offset + leaf.size)
    }
    try {
      const turns = new Turns(this.signal)
      for await (const leaf of leaves) {
        if (turns.isDue) await turns.take()
        const buffer = await this.#withStallLimit(source.read(leaf))
        const kept = keep(leaf, buffer.block)
        kept.catch(() => undefined)
        underWay.push({ leaf, buffer, kept })
        if (underWay.length === MAX_KEEPING) await finishOldest()
        if (!(await this.#waitForReader())) break
      }
      while (underWay.length > 0) await finishOldest()
      return undefined
    } catch (error) {
      return error
    } finally {
      this.#ended = true
      for (const { resume } of this.#waiters) resume()
      this.#waiters.clear()
      this.#end.abort(new KitError('ABORTED', 'the stream is over'))
      await source.close()
    }
  }

  /**
   * Ends the stream when a read takes too long: single requests would have brought the blocks by
   * now.
   */
  async #withStallLimit<T>(read: Promise<T>): Promise<T> {
    const onStall = (): void => this.#end.abort(new KitError('TIMEOUT', `no leaf came within ${STALL_MS / 1000} s`)) // prettier-ignore
    const timer = setTimeout(onStall, STALL_MS)
    try {
      return await read
    } finally {
      clearTimeout(timer)
    }
  }

  #advance(position: number): void {
    this.#position = position
    for (const waiting of this.#waiters)
      if (waiting.until <= position) {
        this.#waiters.delete(waiting)
        waiting.resume()
      }
  }

  /** Waits until the reader is near. @returns false when none comes in time. */
  async #waitForReader(): Promise<boolean> {
    const deadline = performance.now() + IDLE_MS
    while (this.#position > this.#wanted + this.#maxAhead) {
      if (performance.now() > deadline) return false
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, IDLE_MS)
        this.#resume = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#resume = undefined
    }
    return true
  }
}
