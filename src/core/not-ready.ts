import type { Cid } from './cid.js'

/** What has to be had before what was asked for can be answered. */
export type Want =
  /** The table of a HAMT directory. */
  | { readonly type: 'table' }
  /** A block; where it was looked up by name, the directory and the name. */
  | { readonly type: 'block'; readonly directory?: Cid; readonly name?: Uint8Array }
  /** Bytes of a file. */
  | { readonly type: 'range'; readonly position: number; readonly length: number }

/**
 * What is asked for can be had, but not at once: something has to be prepared or fetched first.
 * Thrown by content that must never keep a serving thread waiting; whoever serves has it
 * prepared elsewhere and asks again. It never reaches a user.
 */
export class NotReady extends Error {
  readonly cid: Cid
  readonly want: Want

  constructor(cid: Cid, want: Want) {
    super(`${cid} has to be prepared first (${want.type})`)
    this.name = 'NotReady'
    this.cid = cid
    this.want = want
  }
}
