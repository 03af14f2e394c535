/** Answers READDIR and READDIRPLUS with as many entries of a folder as fit. */
import type { Attr } from '../../../../vfs/attr.js'
import type { DirEntry } from '../../../../vfs/dir-entry.js'
import type { Vfs } from '../../../../vfs/vfs.js'
import { isCrowded } from './node-pruner.js'
import type { PendingReferences } from './pending-references.js'
import type { OpenFiles } from './open-files.js'
import { ENTRY_BYTES } from './protocol.js'
import { Reply } from './reply.js'
import { MAX_SMALL, type Siblings } from './siblings.js'

/**
 * Number of entries of one folder for which a listing makes nodes. For further ones it gives only
 * names, which the kernel looks up on use; else a listing of millions would fill all memory.
 */
const PLUS_ENTRIES = 20_000

export interface ListRequest {
  readonly node: number
  /** Position after the last entry listed; 0 for the beginning. */
  readonly cookie: number
  /** Bytes available in the answer. */
  readonly size: number
  /** Whether entries include their nodes and attributes. */
  readonly plus: boolean
  /** Whether they do so beyond PLUS_ENTRIES. */
  readonly all: boolean
  /** Seconds for which the kernel may cache the names. */
  readonly nameTtl: number
  /** Maximum number of entries in the answer. */
  readonly maxEntries: number
}

/** The lister of one thread. */
export class Lister {
  readonly #vfs: Vfs
  readonly #reply: Reply
  readonly #siblings: Siblings
  readonly #pending: PendingReferences
  readonly #files: OpenFiles
  /** Whether listings give names only, because the table of nodes fills up. */
  #isCrowded = false

  constructor(
    vfs: Vfs,
    reply: Reply,
    siblings: Siblings,
    pending: PendingReferences,
    files: OpenFiles
  ) {
    this.#vfs = vfs
    this.#reply = reply
    this.#siblings = siblings
    this.#pending = pending
    this.#files = files
  }

  /** Fills the reply. @returns bytes of the payload; 0 at the end of the folder. */
  list(request: ListRequest): number {
    const { node, cookie, size, plus, maxEntries } = request
    let at = 0
    let entries = 0
    this.#isCrowded = isCrowded(this.#vfs.inodes)
    if (this.#isCrowded) this.#siblings.noteCrowded()
    try {
      this.#vfs.readdir(node, cookie, (entry) => {
        const length = Reply.direntLength(entry.name.length, plus)
        if (at + length > size || entries++ === maxEntries) return false
        if (plus) this.#plus(at, entry, request)
        this.#reply.dirent(plus ? at + ENTRY_BYTES : at, entry)
        at += length
        return true
      })
    } catch (error) {
      // The reply holds references already, so it must be sent. The next request, which begins
      // at the failed entry, gets the error.
      if (at === 0) throw error
    }
    return at
  }

  /** Writes the node and attributes of an entry, or none beyond PLUS_ENTRIES and in a crowded table. */
  #plus(at: number, entry: DirEntry, { all, nameTtl }: ListRequest): void {
    const withNode = (all || entry.cookie < PLUS_ENTRIES) && !this.#isCrowded
    const isClaimed = withNode && this.#files.receivesOpens && entry.claimForeignSize()
    let attr = withNode ? entry.attr() : undefined
    const id = attr === undefined ? 0 : entry.acquire()
    if (id !== 0) this.#pending.addNode(id)
    // A known node keeps its size instead of the claimed one, because it may be open.
    if (isClaimed && id !== 0) attr = this.#vfs.getattr(id)
    if (id === 0 || attr === undefined) {
      this.#reply.noEntry(at)
      return
    }
    const generation = this.#vfs.inodes.generation(id)
    if (isSmallFile(attr)) this.#siblings.noteListed(id, generation)
    this.#reply.entry(at, id, generation, attr, nameTtl)
  }
}

const isSmallFile = (attr: Attr): boolean =>
  attr.type === 'file' && attr.size > 0 && attr.size <= MAX_SMALL
