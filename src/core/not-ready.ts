import type { Cid } from './cid.js'
import { KitError } from './errors.js'

/** Missing content. */
export type ContentWant =
  /** The table of a HAMT directory. */
  | { readonly type: 'table'; readonly cid: Cid }
  /** A block; of a directory's entry, with the directory and its name or place in the table. */
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

/** Something that must be prepared before a request can be answered. */
export type Want =
  | ContentWant
  /** The resolution of a name. */
  | { readonly type: 'name'; readonly name: string }
  /** Nothing: the work is long, and goes on when other work of its thread had a turn. */
  | { readonly type: 'turn'; readonly of: string }
  /** Something that only the tree of that name can prepare, on the main thread. */
  | { readonly type: 'tree'; readonly tree: string; readonly what: string }

/**
 * Signals that something must be prepared or fetched before a request can be answered. Content that
 * must not block a serving thread throws it; the server has the want prepared on another thread and
 * repeats the request. It never reaches a user.
 */
export class NotReady extends Error {
  readonly want: Want
  /** The text of the want for messages. */
  readonly what: string

  constructor(want: Want) {
    const what = textOf(want)
    super(`${what} has to be prepared first (${want.type})`)
    this.name = 'NotReady'
    this.want = want
    this.what = what
  }
}

function textOf(want: Want): string {
  if ('cid' in want) return String(want.cid)
  if (want.type === 'name') return want.name
  return want.type === 'turn' ? want.of : `${want.tree}/${want.what}`
}

/** Returns whether a want is for content. */
export const isContent = (want: Want): want is ContentWant => 'cid' in want

/** Maximum number of preparations for one piece of work, such as root, shards, nodes, bytes. */
const MAX_PREPARATIONS = 256

/**
 * Runs `work`, prepares what it throws NotReady for, and repeats until it succeeds.
 * @throws NO_SPACE after too many repetitions: the cache then evicts what was fetched before use.
 */
export async function whenReady<T>(
  work: () => T,
  prepare: (need: NotReady) => Promise<void>
): Promise<T> {
  for (let times = 0; ;) {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof NotReady)) throw error
      // Work that takes turns comes to an end by itself.
      if (error.want.type !== 'turn' && ++times > MAX_PREPARATIONS)
        throw new KitError(
          'NO_SPACE',
          `${error.what} is fetched again and again: the cache has no room for it; see \`ipfs-kit cache stats\`, raise cache.size`
        )
      await prepare(error)
    }
  }
}
