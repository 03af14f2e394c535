/**
 * Reassembles contiguous files from the leaves of an archive while it streams by.
 *
 * An archive in depth-first order holds a file's node, then its leaves in order, so a node tells
 * which blocks must follow. While they do, their payloads are appended to one file; a leaf stored
 * before, which archives do not repeat, is copied in. Any other block breaks the file off: its
 * leaves go to the pack like other blocks.
 */
import { closeSync, fsyncSync, readSync } from 'node:fs'
import { copyOf } from '../core/bytes.js'
import { writeFully } from '../core/fs-durable.js'
import { DAG_PB, RAW, type Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { type BlockSink } from '../store/ports.js'
import { Kind, type BlockMeta } from '../formats/block-kind.js'
import { chunkTable, partCid, type ChunkTable } from '../formats/chunk-table.js'

/** Bytes of repeated leaves copied into one file beyond those that the archive itself holds. */
const COPY_LIMIT = 16 << 20

interface Leaf {
  readonly cid: Cid
  readonly offset: number
  readonly length: number
}

/** A part that must follow, and the size its parent claims for it. */
interface ExpectedPart {
  readonly cid: Cid
  readonly size: number
}

/** A file under assembly. */
class Assembly {
  readonly root: Cid
  readonly rootBlock: Uint8Array
  readonly rootMeta: BlockMeta
  readonly id: number
  readonly fd: number
  /** Leaves written so far, by CID: a repeat is copied from its first place. */
  readonly leaves = new Map<string, Leaf>()
  /** The parts to follow, last first, so that the next is popped. */
  readonly expected: ExpectedPart[]
  length = 0
  /** Bytes received from the archive, and bytes copied for repeats. */
  received = 0
  copied = 0

  constructor(
    root: Cid,
    block: Uint8Array,
    meta: BlockMeta,
    table: ChunkTable,
    place: { id: number; fd: number }
  ) {
    this.root = root
    this.rootBlock = copyOf(block)
    this.rootMeta = meta
    this.id = place.id
    this.fd = place.fd
    this.expected = partsOf(table).reverse()
  }

  write(payload: Uint8Array): void {
    writeFully(this.fd, payload, this.length)
    this.length += payload.length
  }
}

const partsOf = (table: ChunkTable): ExpectedPart[] =>
  Array.from(table.ends, (end, i) => ({
    cid: partCid(table, i),
    size: end - (i === 0 ? table.inline.length : table.ends[i - 1]!)
  }))

/** The assembler of one archive; it has at most one file open. */
export class FileAssembler {
  readonly #sink: BlockSink
  #open: Assembly | undefined

  constructor(sink: BlockSink) {
    this.#sink = sink
  }

  /** Stores a verified block, in the file under assembly or in the pack. */
  add(cid: Cid, block: Uint8Array, meta: BlockMeta): void {
    if (this.#open !== undefined && this.#continue(this.#open, cid, block, meta)) return
    const table = this.#startableFile(cid, block, meta)
    if (table === undefined) {
      this.#sink.put(cid, block, meta)
      return
    }
    this.#breakOff()
    this.#open = new Assembly(cid, block, meta, table, this.#sink.createWhole())
    this.#copyKnownParts(this.#open)
  }

  /** Returns the parts of a file node that an assembly can begin with; undefined for others. */
  #startableFile(cid: Cid, block: Uint8Array, meta: BlockMeta): ChunkTable | undefined {
    if (cid.codec !== DAG_PB || meta.kind !== Kind.FILE || this.#sink.has(cid)) return undefined
    const table = readTable(cid, block)
    const startable = table !== undefined && table.ends.length > 1 && table.inline.length === 0
    return startable ? table : undefined
  }

  /** Adds a block to the open file, or breaks the file off. @returns whether it was added. */
  #continue(open: Assembly, cid: Cid, block: Uint8Array, meta: BlockMeta): boolean {
    const next = open.expected.at(-1)
    if (next === undefined || !next.cid.equals(cid) || next.size !== meta.size) {
      this.#breakOff()
      return false
    }
    if (cid.codec === RAW) {
      open.expected.pop()
      open.leaves.set(String(cid), { cid, offset: open.length, length: block.length })
      open.write(block)
      open.received += block.length
    } else {
      const table = readTable(cid, block)
      if (table === undefined || table.inline.length > 0 || table.ends.length === 0) {
        this.#breakOff()
        return false
      }
      open.expected.pop()
      for (const part of partsOf(table).reverse()) open.expected.push(part)
      this.#sink.put(cid, block, meta)
    }
    this.#copyKnownParts(open)
    return true
  }

  /** Copies in leaves that the archive will not repeat, and completes the file after the last. */
  #copyKnownParts(open: Assembly): void {
    for (let next = open.expected.at(-1); next !== undefined; next = open.expected.at(-1)) {
      if (next.cid.codec !== RAW) break
      const payload = this.#storedPayload(open, next)
      if (payload === undefined) break
      open.copied += payload.length
      // A small archive can claim a huge file that repeats one leaf; that is kept as the one leaf.
      if (open.copied > COPY_LIMIT + open.received) {
        this.#breakOff()
        return
      }
      open.expected.pop()
      open.write(payload)
    }
    if (open.expected.length === 0) this.#complete(open)
  }

  /** Returns a leaf's payload from this file or the store; undefined if neither has it. */
  #storedPayload(open: Assembly, next: ExpectedPart): Uint8Array | undefined {
    const own = open.leaves.get(String(next.cid))
    if (own === undefined) {
      const stored = this.#sink.readStored(next.cid)
      return stored?.length === next.size ? stored : undefined
    }
    // A node that claims a wrong size for a part must not become a file.
    if (own.length !== next.size) return undefined
    const bytes = Buffer.allocUnsafeSlow(own.length)
    return readSync(open.fd, bytes, 0, own.length, own.offset) === own.length ? bytes : undefined
  }

  /** Syncs the file, then records its leaves and its root. */
  #complete(open: Assembly): void {
    this.#open = undefined
    fsyncSync(open.fd)
    closeSync(open.fd)
    for (const { cid, offset, length } of open.leaves.values())
      this.#sink.putLeaf(cid, open.id, offset, length, false)
    this.#sink.put(open.root, open.rootBlock, { ...open.rootMeta, whole: open.id })
    this.#sink.keepWhole(open.id, open.root)
  }

  /** Gives up the file after an unexpected block, and puts its leaves and root into the pack. */
  #breakOff(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    for (const { cid, offset, length } of open.leaves.values()) {
      const bytes = Buffer.allocUnsafeSlow(length)
      readSync(open.fd, bytes, 0, length, offset)
      this.#sink.put(cid, bytes, { kind: Kind.RAW, size: length })
    }
    closeSync(open.fd)
    this.#sink.put(open.root, open.rootBlock, open.rootMeta)
    this.#sink.dropWhole(open.id)
  }

  finish(): void {
    this.#breakOff()
  }

  /** Closes the open file after a failure; the caller discards the session. */
  abandon(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd)
    this.#open = undefined
  }
}

/** Returns the chunk table of a node; undefined for a damaged one. */
function readTable(cid: Cid, block: Uint8Array): ChunkTable | undefined {
  try {
    return chunkTable(cid, copyOf(block))
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}
