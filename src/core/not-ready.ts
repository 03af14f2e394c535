import type { Cid } from './cid.js'
import { KitError } from './errors.js'

/** Content that is not here. */
export type ContentWant =
  /** The table of a HAMT directory. */
  | { readonly type: 'table'; readonly cid: Cid }
  /** A block; where it is an entry of a directory, that one and its name, or its place in the table. */
  | {
      readonly type: 'block'
      readonly cid: Cid
      readonly directory?: Cid
      readonly name?: Uint8Array
      readonly place?: number
    }
  /** Bytes of a file. */
  | {
      readonly type: 'range'
      readonly cid: Cid
      readonly position: number
      readonly length: number
    }

/** What has to be had before what was asked for can be answered. */
export type Want =
  | ContentWant
  /** What a name leads to. */
  | { readonly type: 'name'; readonly name: string }
  /** What only the tree of that name knows how to prepare: the main thread asks it. */
  | { readonly type: 'tree'; readonly tree: string; readonly what: string }

/**
 * What is asked for can be had, but not at once: something has to be prepared or fetched first.
 * Thrown by content that must never keep a serving thread waiting; whoever serves has it
 * prepared elsewhere and asks again. It never reaches a user.
 */
export class NotReady extends Error {
  readonly want: Want
  /** What it is about, for people. */
  readonly what: string

  constructor(want: Want) {
    const what =
      'cid' in want ? String(want.cid) : 'name' in want ? want.name : `${want.tree}/${want.what}`
    super(`${what} has to be prepared first (${want.type})`)
    this.name = 'NotReady'
    this.want = want
    this.what = what
  }
}

/** Whether it is content that has to be had. */
export const isContent = (want: Want): want is ContentWant => 'cid' in want

/** What one piece of work may need in turn: a root, shards, nodes, bytes. More is a circle. */
const MAX = 256

/**
 * Do a piece of work, having prepared what it turns out to need, until it needs nothing more.
 * @throws NO_SPACE where the same is needed again and again: what was fetched does not stay.
 */
export async function whenReady<T>(
  work: () => T,
  prepare: (need: NotReady) => Promise<void>
): Promise<T> {
  for (let times = 0; ; times++) {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof NotReady)) throw error
      if (times === MAX)
        throw new KitError(
          'NO_SPACE',
          `${error.what} is fetched again and again: the cache has no room for it; see \`ipfs-kit cache stats\`, raise cache.size`
        )
      await prepare(error)
    }
  }
}
