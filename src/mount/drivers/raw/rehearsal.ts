/**
 * Exercises the code of a serving thread before readers need it. A new thread interprets its code,
 * up to ten times slower than what the compiler makes of code that has run often. The requests are
 * those of a reader of the home's own content, over nodes of which the kernel knows nothing.
 */
import { ROOT_ID } from '../../../../vfs/inode-table.js'
import { utf8 } from '../../../core/bytes.js'
import type { Answerer } from './answerer.js'
import type { Operations } from './operations.js'
import { ATTR_AT_OUT, ATTR_MODE, DIRENT_BYTES, ENTRY_BYTES, IN_HEADER, Op, OUT_HEADER } from './protocol.js' // prettier-ignore
import { readRequest } from './serve.js'

/** Requests after which all that readers need is compiled: some 150 ms. */
const ENOUGH_REQUESTS = 20_000
/** Most that it takes of a thread, where the disk or the machine is slow. */
const MAX_MS = 500
/** How often a folder is listed for each time that its files are read. */
const LISTINGS = 3
const LISTING_BYTES = 32 * 1024
const READ_LENGTH = 4096
const TREE = utf8('ipfs')
const NOBODY = utf8('nobody')

const TYPE = 0o170000
const FOLDER = 0o040000
const FILE = 0o100000

/** Bodies of requests: struct fuse_getattr_in, fuse_open_in, fuse_read_in, fuse_forget_in. */
const GETATTR_BYTES = 16
const OPEN_BYTES = 8
const READ_BYTES = 40
const READ_SIZE = 16
const FORGET_BYTES = 8
/** The number of each request, which the kernel never reaches: it knows no request of it. */
const UNIQUE_LOW = 0xfffffffe
const UNIQUE_HIGH = 0x1fffff

/** An entry of an answer to READDIRPLUS. */
interface Entry {
  readonly node: number
  readonly name: Uint8Array
}

export class Rehearsal {
  readonly #answerer: Answerer
  readonly #operations: Operations
  readonly #fd: number
  readonly #mayGoOn: () => boolean
  readonly #request: DataView
  readonly #reply: DataView
  #left = ENOUGH_REQUESTS
  #ms = 0

  /**
   * @param fd a descriptor that gives nothing.
   * @param mayGoOn waits while readers are there, and returns false when the thread is needed.
   */
  constructor(answerer: Answerer, fd: number, mayGoOn: () => boolean) {
    const { request, reply } = answerer.operations
    this.#answerer = answerer
    this.#operations = answerer.operations
    this.#fd = fd
    this.#mayGoOn = () => !this.#isEnough && mayGoOn()
    this.#request = new DataView(request.buffer, request.byteOffset)
    this.#reply = new DataView(reply.bytes.buffer, reply.bytes.byteOffset)
  }

  /** @param roots names below `ipfs/` whose content is local. @returns whether that was enough. */
  run(roots: readonly string[]): boolean {
    const names = roots.map((root) => utf8(root))
    while (names.length > 0 && this.#mayGoOn()) {
      for (const entry of this.#list(ROOT_ID)) this.#forget(entry.node)
      const tree = this.#lookup(ROOT_ID, TREE)
      this.#visit(tree, names)
      this.#forget(tree)
    }
    return this.#isEnough
  }

  get #isEnough(): boolean {
    return this.#left <= 0 || this.#ms >= MAX_MS
  }

  /** Lists a folder, and looks up and visits its entries: some names, else those that it lists. */
  #visit(node: number, names?: readonly Uint8Array[]): void {
    for (let i = 1; i < LISTINGS; i++)
      for (const entry of this.#list(node)) this.#forget(entry.node)
    const entries = this.#list(node)
    // A name that is not there.
    this.#lookup(node, NOBODY)
    for (const name of names ?? entries.map((entry) => entry.name)) {
      if (!this.#mayGoOn()) break
      const found = this.#lookup(node, name)
      const type = this.#typeOf(found)
      if (type === FILE) this.#read(found)
      // One level is enough, and bounds the time.
      if (type === FOLDER && names !== undefined) this.#visit(found)
      this.#forget(found)
    }
    for (const entry of entries) this.#forget(entry.node)
  }

  /** Returns the entries of the first answer to a listing whose nodes are at hand. */
  #list(folder: number): Entry[] {
    this.#ask(Op.OPENDIR, folder, OPEN_BYTES)
    this.#request.setUint32(IN_HEADER + READ_SIZE, LISTING_BYTES, true)
    this.#ask(Op.READDIRPLUS, folder, READ_BYTES)
    const entries: Entry[] = []
    const reply = this.#reply
    const { bytes } = this.#operations.reply
    const end = this.#isError ? 0 : reply.getUint32(0, true)
    for (let at = OUT_HEADER; at < end;) {
      const from = at + ENTRY_BYTES + DIRENT_BYTES
      const to = from + reply.getUint32(at + ENTRY_BYTES + 16, true)
      const node = reply.getUint32(at, true)
      if (node !== 0) entries.push({ node, name: bytes.slice(from, to) })
      at = OUT_HEADER + ((to - OUT_HEADER + 7) & ~7)
    }
    return entries
  }

  /** Returns the node of a name; 0 for none. */
  #lookup(parent: number, name: Uint8Array): number {
    this.#operations.request.set(name, IN_HEADER)
    this.#ask(Op.LOOKUP, parent, name.length + 1)
    return this.#isError ? 0 : this.#reply.getUint32(OUT_HEADER, true)
  }

  /** Returns the type bits of the mode of a node; 0 where it is not known. */
  #typeOf(node: number): number {
    this.#ask(Op.GETATTR, node, GETATTR_BYTES)
    return this.#isError
      ? 0
      : this.#reply.getUint32(OUT_HEADER + ATTR_AT_OUT + ATTR_MODE, true) & TYPE
  }

  #read(node: number): void {
    this.#request.setUint32(IN_HEADER + READ_SIZE, READ_LENGTH, true)
    this.#ask(Op.READ, node, READ_BYTES)
  }

  #forget(node: number): void {
    this.#request.setUint32(IN_HEADER, 1, true)
    this.#ask(Op.FORGET, node, FORGET_BYTES)
  }

  /** Whether the last request that has an answer was answered with an error. */
  get #isError(): boolean {
    return this.#operations.reply.errno !== 0
  }

  /** Answers a request, of whose body all words that matter are written, and clears it. */
  #ask(op: number, node: number, length: number): void {
    const since = performance.now()
    const { request } = this.#operations
    readRequest(this.#fd, request)
    const view = this.#request
    view.setUint32(0, IN_HEADER + length, true)
    view.setUint32(4, op, true)
    view.setUint32(8, UNIQUE_LOW, true)
    view.setUint32(12, UNIQUE_HIGH, true)
    view.setUint32(16, node, true)
    this.#answerer.answer(IN_HEADER + length)
    request.fill(0, IN_HEADER, IN_HEADER + length)
    this.#left--
    this.#ms += performance.now() - since
  }
}
