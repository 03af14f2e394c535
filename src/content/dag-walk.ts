/**
 * The state of a walk through a DAG, depth first, each block once. It reads nothing itself, so that
 * its user may wait for blocks. Memory: 44 bytes per block seen, and up to some 20 MB of links.
 */
import { RAW, type Cid } from '../core/cid.js'
import { KeySet } from '../core/key-set.js'
import { LINKING_CODECS } from '../formats/links.js'

/** Links held on the way down; those of blocks farther up are dropped, and asked for again. */
const MAX_LINKS_HELD = 100_000

/** A block on the way down, and how many of its links have been followed. */
interface Step {
  readonly cid: Cid | undefined
  readonly count: number
  links: readonly Cid[] | undefined
  next: number
}

export interface WalkStep {
  readonly cid: Cid
  readonly depth: number
  /** Whether the block was visited before, and only its links are needed once more. */
  readonly isAgain: boolean
}

export class DagWalk {
  readonly #steps: Step[] = []
  readonly #seen = new Map<number, KeySet>()
  #held = 0
  /** Number of steps, from the roots on, whose links were dropped. */
  #dropped = 0

  constructor(roots: readonly Cid[]) {
    this.#push(undefined, roots)
  }

  /**
   * Returns the next block: parents first, links in order. A block reached by several codecs is
   * returned once for each codec that can link, and once for all others, because its links depend on
   * the codec.
   */
  next(): WalkStep | undefined {
    for (let step = this.#steps.at(-1); step !== undefined; step = this.#steps.at(-1)) {
      const depth = this.#steps.length - 1
      if (step.next === step.count) {
        this.#drop(step)
        this.#steps.pop()
        this.#dropped = Math.min(this.#dropped, this.#steps.length)
      } else if (step.links === undefined) {
        return { cid: step.cid!, depth: depth - 1, isAgain: true }
      } else {
        const cid = step.links[step.next++]!
        if (this.#isNew(cid)) return { cid, depth, isAgain: false }
      }
    }
    return undefined
  }

  /** Goes down into the block that `next` returned last. @param links all links of the block. */
  enter(cid: Cid, links: readonly Cid[]): void {
    const step = this.#steps.at(-1)
    if (step?.links !== undefined) {
      if (links.length > 0) this.#push(cid, links)
      return
    }
    step!.links = links
    this.#held += links.length
    this.#dropped = Math.min(this.#dropped, this.#steps.length - 1)
  }

  #isNew(cid: Cid): boolean {
    const codec = LINKING_CODECS.includes(cid.codec) ? cid.codec : RAW
    let keys = this.#seen.get(codec)
    if (keys === undefined) this.#seen.set(codec, (keys = new KeySet()))
    return keys.add(cid.key)
  }

  #push(cid: Cid | undefined, links: readonly Cid[]): void {
    this.#steps.push({ cid, count: links.length, links, next: 0 })
    this.#held += links.length
    while (this.#held > MAX_LINKS_HELD && this.#dropped < this.#steps.length - 1)
      this.#drop(this.#steps[this.#dropped++]!)
  }

  /** Drops the links of a step. Those of the roots stay: they are in no block. */
  #drop(step: Step): void {
    if (step.cid === undefined) return
    this.#held -= step.links?.length ?? 0
    step.links = undefined
  }
}
