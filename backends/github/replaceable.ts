/** A thing that grows, and is replaced by a new one when it is too large and nobody holds it. */
import { KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'

interface Growing {
  readonly bytes: number
  remove(): Promise<void>
}

interface Generation<T> {
  readonly made: Promise<T>
  holders: number
  isOver: boolean
}

export class Replaceable<T extends Growing> {
  readonly #make: (options: CallOptions) => Promise<T>
  readonly #maxBytes: number
  #current: Generation<T> | undefined
  /** Removals that are under way. */
  readonly #removals = new Set<Promise<void>>()
  readonly #end = new AbortController()

  constructor(make: (options: CallOptions) => Promise<T>, maxBytes: number) {
    this.#make = make
    this.#maxBytes = maxBytes
  }

  /** Gives the thing until `release`. */
  async hold({
    signal
  }: CallOptions): Promise<{ readonly clone: T; readonly release: () => void }> {
    if (signal.aborted) throw signal.reason
    const generation = (this.#current ??= this.#begin())
    generation.holders++
    let isHeld = true
    const release = (): void => {
      if (isHeld) generation.holders--
      isHeld = false
      if (generation.holders === 0 && generation.isOver) this.#remove(generation)
    }
    try {
      const clone = await generation.made
      if (clone.bytes > this.#maxBytes) this.#retire(generation)
      if (signal.aborted) throw signal.reason
      return { clone, release }
    } catch (error) {
      release()
      throw error
    }
  }

  /** What is made serves all callers, and none of them ends it. */
  #begin(): Generation<T> {
    if (this.#end.signal.aborted) throw this.#end.signal.reason
    const made = this.#make({ signal: this.#end.signal })
    const generation: Generation<T> = { made, holders: 0, isOver: false }
    made.catch(() => this.#retire(generation))
    return generation
  }

  #retire(generation: Generation<T>): void {
    generation.isOver = true
    if (this.#current === generation) this.#current = undefined
  }

  #remove({ made }: Generation<T>): void {
    const removal = made.then((thing) => thing.remove()).catch(() => undefined)
    this.#removals.add(removal)
    void removal.finally(() => this.#removals.delete(removal))
  }

  /** Removes what there is, once nobody holds it. */
  async close(): Promise<void> {
    const current = this.#current
    this.#end.abort(new KitError('CLOSED', 'the backend is closed'))
    if (current !== undefined) {
      this.#retire(current)
      if (current.holders === 0) this.#remove(current)
    }
    await Promise.all(this.#removals)
  }
}
