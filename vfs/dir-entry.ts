/**
 * An entry of a listing. One object serves a whole listing, since a million entries must not be
 * a million objects: what it says is good until the next entry. What it is asked for it looks
 * up then, so that names alone cost no lookup.
 */
import { EMPTY } from '../src/core/bytes.js'
import { RAW, type Cid } from '../src/core/cid.js'
import { isKitError } from '../src/core/errors.js'
import { attrOf, type Attr } from './attr.js'
import { inodeNumber, ino } from './inode-number.js'
import type { InodeTable } from './inode-table.js'
import type { ContentPort, ContentStat, NodeType } from './ports.js'

export class DirEntry {
  readonly #source: ContentPort
  readonly #inodes: InodeTable
  readonly #umask: number
  #parent = 0
  /** What the name leads to; undefined for a folder that no CID names. */
  #cid: Cid | undefined
  #fixedAttr: Attr | undefined
  #fixedId = 0
  #stat: ContentStat | undefined
  #asked = false
  #claimed = false
  #place = 0
  name: Uint8Array = EMPTY
  /** The place behind this entry: listing again from it goes on there. */
  cookie = 0

  constructor(source: ContentPort, inodes: InodeTable, umask: number) {
    this.#source = source
    this.#inodes = inodes
    this.#umask = umask
  }

  /** Become an entry that is always there. @param id its node, 0 where listings make none. */
  fixed(name: Uint8Array, attr: Attr, cookie: number, id = 0): this {
    this.name = name
    this.cookie = cookie
    this.#cid = undefined
    this.#fixedAttr = attr
    this.#fixedId = id
    return this
  }

  /** Become an entry of content. */
  content(parent: number, name: Uint8Array, cid: Cid, cookie: number): this {
    this.name = name
    this.cookie = cookie
    this.#parent = parent
    this.#cid = cid
    this.#asked = false
    this.#claimed = false
    return this
  }

  /** @param place of the entry in its folder's table. */
  at(place: number): void {
    this.#place = place
  }

  /** What it is; undefined where that is not at hand. */
  get type(): NodeType | undefined {
    const cid = this.#cid
    if (cid === undefined) return this.#fixedAttr?.type
    return this.#source.type(cid)
  }

  /** The number people see, in `ino` of inode-number.ts. */
  number(): typeof ino {
    if (this.#cid !== undefined) inodeNumber(this.#cid)
    else {
      ino.low = this.#fixedAttr?.inoLow ?? 0
      ino.high = this.#fixedAttr?.inoHigh ?? 0
    }
    return ino
  }

  /** Attributes; undefined where the node behind the name is not at hand. */
  attr(): Attr | undefined {
    const cid = this.#cid
    if (cid === undefined) return this.#fixedAttr
    const stat = this.#look(cid)
    if (stat === undefined) return undefined
    return attrOf(cid, stat, this.#umask)
  }

  /**
   * Where it is a block that is not here but in a file beside: take that file's length for its
   * size. To be asked for only where a size is made sure of when the file is opened, before `attr`
   * and `acquire`. Nothing is what a file that was not written in time is, too: it is not believed.
   * @returns whether its size is now what somebody else says.
   */
  believe(): boolean {
    const cid = this.#cid
    if (cid === undefined || cid.codec !== RAW || this.#look(cid) !== undefined) return false
    const size = this.#source.sizeBeside(cid)
    if (size === undefined || size === 0) return false
    this.#claimed = true
    this.#stat = { type: 'file', size, mode: undefined, mtime: undefined }
    return true
  }

  #look(cid: Cid): ContentStat | undefined {
    if (!this.#asked) this.#stat = this.#source.known(cid)
    this.#asked = true
    return this.#stat
  }

  /**
   * Take a reference for the kernel. @returns the node id, 0 where there is no node. A full
   * table costs a listing its attributes, not its names.
   */
  acquire(): number {
    const cid = this.#cid
    if (cid === undefined) return this.#fixedId
    const stat = this.#look(cid)
    if (stat === undefined) return 0
    try {
      return this.#inodes.acquire(
        this.#parent,
        this.name,
        cid,
        stat,
        this.#claimed ? this.#place : undefined
      )
    } catch (error) {
      if (isKitError(error, 'MEMORY_BUDGET')) return 0
      throw error
    }
  }
}
