/**
 * A file read as one stream, each leaf hashed against its link: as fast as the other side can
 * send, and as safe as block by block.
 */
import { abortController } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import type { LeafRoom, LeafSource } from './leaf-source.js'
import type { Leaf } from './leaves.js'

/** Leaves that are being kept while the next ones are read. */
const KEPT_AT_ONCE = 4
/** How long one leaf may take: slower than that, blocks that are asked for several at once are better. */
const STALL_MS = 4000
/** How long it waits for a reader that does not come. */
const IDLE_MS = 5000

interface Waiting {
  readonly until: number
  readonly go: () => void
}

export class LeafStream {
  /** Where the verified bytes begin and end. */
  readonly begin: number
  #position: number
  /** Where the reader is. */
  #wanted: number
  #ended = false
  readonly #waiting = new Set<Waiting>()
  readonly #ahead: number
  #resume: (() => void) | undefined
  readonly #end = abortController()

  /** @param ahead how far it may be ahead of its reader. */
  constructor(begin: number, ahead: number) {
    this.#ahead = ahead
    this.begin = begin
    this.#position = begin
    this.#wanted = begin
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  /** Whether bytes at an offset will come by, soon. */
  covers(offset: number): boolean {
    return !this.#ended && offset >= this.begin && offset < this.#position + this.#ahead
  }

  /** Resolves when all before `offset` is there, or will not come this way. */
  reached(offset: number, signal: AbortSignal): Promise<void> {
    this.#wanted = Math.max(this.#wanted, offset)
    this.#resume?.()
    if (this.#ended || this.#position >= offset) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting)
        reject(signal.reason as Error)
      }
      const waiting: Waiting = {
        until: offset,
        go: () => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.add(waiting)
    })
  }

  /**
   * Read it to its end, or as long as somebody wants it. Never throws.
   * @param leaves from `begin` on.
   * @param keep takes a leaf whose block is verified; the block's memory is used again then.
   * @returns what went wrong, if anything did.
   */
  async run(
    leaves: AsyncIterable<Leaf>,
    source: LeafSource,
    keep: (leaf: Leaf, block: Uint8Array) => Promise<void>
  ): Promise<unknown> {
    const underWay: { leaf: Leaf; room: LeafRoom; kept: Promise<void> }[] = []
    const finishOldest = async (): Promise<void> => {
      const { leaf, room, kept } = underWay.shift()!
      await kept
      source.giveBack(room)
      this.#advance(leaf.offset + leaf.size)
    }
    try {
      for await (const leaf of leaves) {
        const room = await this.#promptly(source.read(leaf))
        const kept = keep(leaf, room.block)
        kept.catch(() => undefined)
        underWay.push({ leaf, room, kept })
        if (underWay.length === KEPT_AT_ONCE) await finishOldest()
        if (!(await this.#isWanted())) break
      }
      while (underWay.length > 0) await finishOldest()
      return undefined
    } catch (error) {
      return error
    } finally {
      this.#ended = true
      for (const { go } of this.#waiting) go()
      this.#waiting.clear()
      this.#end.abort(new KitError('ABORTED', 'the stream is over'))
      await source.close()
    }
  }

  /** Those who wait for a stream that brings nothing would have their blocks one by one by now. */
  async #promptly<T>(read: Promise<T>): Promise<T> {
    const late = (): void => this.#end.abort(new KitError('TIMEOUT', `no leaf came within ${STALL_MS / 1000} s`)) // prettier-ignore
    const timer = setTimeout(late, STALL_MS)
    try {
      return await read
    } finally {
      clearTimeout(timer)
    }
  }

  #advance(position: number): void {
    this.#position = position
    for (const waiting of this.#waiting)
      if (waiting.until <= position) {
        this.#waiting.delete(waiting)
        waiting.go()
      }
  }

  /** Wait for the reader to come near. @returns false where none comes. */
  async #isWanted(): Promise<boolean> {
    const late = performance.now() + IDLE_MS
    while (this.#position > this.#wanted + this.#ahead) {
      if (performance.now() > late) return false
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
