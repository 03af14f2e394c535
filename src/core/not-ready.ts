import type { Cid } from './cid.js'

/**
 * What is asked for can be had, but not at once: something has to be prepared first. Thrown
 * by content that must never keep a serving thread waiting; whoever serves has it prepared
 * elsewhere and asks again. It never reaches a user.
 */
export class NotReady extends Error {
  /** What has to be prepared: today always a HAMT directory, whose table is not there yet. */
  readonly cid: Cid

  constructor(cid: Cid) {
    super(`${cid} has to be prepared first`)
    this.name = 'NotReady'
    this.cid = cid
  }
}
