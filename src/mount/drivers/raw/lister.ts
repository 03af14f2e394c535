/** READDIR and READDIRPLUS: as many entries of a folder as fit into one answer. */
import type { Attr } from '../../../../vfs/attr.js'
import type { DirEntry } from '../../../../vfs/dir-entry.js'
import type { Vfs } from '../../../../vfs/vfs.js'
import type { PendingReferences } from './pending-references.js'
import type { OpenFiles } from './open-files.js'
import { ENTRY_BYTES } from './protocol.js'
import { Reply } from './reply.js'
import { MAX_SMALL, type Siblings } from './siblings.js'

/**
 * Entries of one folder that a listing makes nodes for. Past them the kernel is told names
 * alone and looks up what is used, or a listing of millions would fill its memory and ours.
 */
const PLUS_ENTRIES = 20_000

export interface ListRequest {
  readonly node: number
  /** Where to go on; 0 for the beginning. */
  readonly cookie: number
  /** Room in the answer. */
  readonly size: number
  /** Whether entries come with their nodes and attributes. */
  readonly plus: boolean
  /** Whether all of them do, however many there are. */
  readonly all: boolean
  /** Seconds that the kernel may believe the names. */
  readonly remember: number
  /** Entries in one answer. */
  readonly most: number
}

export class Lister {
  readonly #vfs: Vfs
  readonly #reply: Reply
  readonly #siblings: Siblings
  readonly #pending: PendingReferences
  readonly #files: OpenFiles

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

  /** @returns bytes of the payload; 0 at the end of the folder. */
  list(request: ListRequest): number {
    const { node, cookie, size, plus, most } = request
    let at = 0
    let entries = 0
    try {
      this.#vfs.readdir(node, cookie, (entry) => {
        const length = Reply.direntLength(entry.name.length, plus)
        if (at + length > size || entries++ === most) return false
        if (plus) this.#plus(at, entry, request)
        this.#reply.dirent(plus ? at + ENTRY_BYTES : at, entry)
        at += length
        return true
      })
    } catch (error) {
      // References were taken for what is in the reply: it must go out. The next request,
      // which begins where this one failed, gets the error.
      if (at === 0) throw error
    }
    return at
  }

  #plus(at: number, entry: DirEntry, { all, remember }: ListRequest): void {
    const withNode = all || entry.cookie < PLUS_ENTRIES
    const isClaimed = withNode && this.#files.areOpened && entry.claimForeignSize()
    let attr = withNode ? entry.attr() : undefined
    const id = attr === undefined ? 0 : entry.acquire()
    if (id !== 0) this.#pending.addNode(id)
    // A node that was known already keeps the size that it has: others may have it open.
    if (isClaimed && id !== 0) attr = this.#vfs.getattr(id)
    if (id !== 0 && isSmallFile(attr)) this.#siblings.listed(id, this.#vfs.inodes.generation(id))
    if (id === 0 || attr === undefined) this.#reply.noEntry(at)
    else this.#reply.entry(at, id, attr, remember)
  }
}

const isSmallFile = (attr: Attr | undefined): boolean =>
  attr?.type === 'file' && attr.size > 0 && attr.size <= MAX_SMALL
