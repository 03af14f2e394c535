/**
 * Turns the leaves of an archive back into contiguous files while they stream by.
 *
 * An archive in depth-first order holds a file's node, then its leaves in order: after a node
 * is seen, what must come next is known. As long as it comes, payloads go behind each other
 * into one file; a leaf that was stored before (archives leave repeats out) is copied in from
 * there. Anything else breaks the file off: its leaves go to the pack like other blocks.
 */
import { closeSync, fsyncSync, readSync } from 'node:fs'
import { copyOf } from '../core/bytes.js'
import { writeFully } from '../core/fs-durable.js'
import { DAG_PB, RAW, type Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { type BlockSink } from '../store/ports.js'
import { Kind, type BlockMeta } from '../formats/block-kind.js'
import { chunkTable, partCid, type ChunkTable } from '../formats/chunk-table.js'

/** Bytes of repeated leaves that are copied into one file beyond what the archive itself holds. */
const COPY_LIMIT = 16 << 20

interface Leaf {
  readonly cid: Cid
  readonly offset: number
  readonly length: number
}

/** A part that must come next, and the size its parent gives it. */
interface Expected {
  readonly cid: Cid
  readonly size: number
}

class Assembly {
  readonly root: Cid
  readonly rootBlock: Uint8Array
  readonly rootMeta: BlockMeta
  readonly id: number
  readonly fd: number
  /** Leaves written so far, by CID: a repeat is copied from its first place. */
  readonly leaves = new Map<string, Leaf>()
  /** The next part is the last of the list. */
  readonly expected: Expected[]
  length = 0
  /** Bytes that came from the archive, and bytes that were copied for repeats. */
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

const partsOf = (table: ChunkTable): Expected[] =>
  Array.from(table.ends, (end, i) => ({
    cid: partCid(table, i),
    size: end - (i === 0 ? table.inline.length : table.ends[i - 1]!)
  }))

export class FileAssembler {
  readonly #sink: BlockSink
  #open: Assembly | undefined

  constructor(sink: BlockSink) {
    this.#sink = sink
  }

  /** Store a verified block, in a file that is being assembled or in the pack. */
  add(cid: Cid, block: Uint8Array, meta: BlockMeta): void {
    if (this.#open !== undefined && this.#continue(this.#open, cid, block, meta)) return
    const table = this.#startsFile(cid, block, meta)
    if (table === undefined) {
      this.#sink.put(cid, block, meta)
      return
    }
    this.#breakOff()
    this.#open = new Assembly(cid, block, meta, table, this.#sink.createWhole())
    this.#copyKnownParts(this.#open)
  }

  /** A file of several raw leaves that is not stored contiguously yet. */
  #startsFile(cid: Cid, block: Uint8Array, meta: BlockMeta): ChunkTable | undefined {
    if (cid.codec !== DAG_PB || meta.kind !== Kind.FILE || this.#sink.has(cid)) return undefined
    const table = readTable(cid, block)
    const startable = table !== undefined && table.ends.length > 1 && table.inline.length === 0
    return startable ? table : undefined
  }

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

  /** Take in leaves that the archive will not repeat, and close the file when it is complete. */
  #copyKnownParts(open: Assembly): void {
    for (let next = open.expected.at(-1); next !== undefined; next = open.expected.at(-1)) {
      if (next.cid.codec !== RAW) break
      const payload = this.#known(open, next)
      if (payload === undefined) break
      open.copied += payload.length
      // A small archive can claim a huge file of one leaf: that is better kept as the one leaf.
      if (open.copied > COPY_LIMIT + open.received) {
        this.#breakOff()
        return
      }
      open.expected.pop()
      open.write(payload)
    }
    if (open.expected.length === 0) this.#complete(open)
  }

  #known(open: Assembly, next: Expected): Uint8Array | undefined {
    const own = open.leaves.get(String(next.cid))
    if (own === undefined) {
      const stored = this.#sink.readStored(next.cid)
      return stored?.length === next.size ? stored : undefined
    }
    // A node that lies about the size of a part must not become a file.
    if (own.length !== next.size) return undefined
    const bytes = Buffer.allocUnsafeSlow(own.length)
    return readSync(open.fd, bytes, 0, own.length, own.offset) === own.length ? bytes : undefined
  }

  #complete(open: Assembly): void {
    this.#open = undefined
    fsyncSync(open.fd)
    closeSync(open.fd)
    for (const { cid, offset, length } of open.leaves.values())
      this.#sink.putLeaf(cid, open.id, offset, length, false)
    this.#sink.put(open.root, open.rootBlock, { ...open.rootMeta, whole: open.id })
    this.#sink.keepWhole(open.id, open.root)
  }

  /** What was expected did not come: no whole file, so its leaves become blocks of the pack. */
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

  /** Close what is open after a failure; the session is thrown away. */
  abandon(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd)
    this.#open = undefined
  }
}

/** The chunk table of a node; undefined where it cannot be read. */
function readTable(cid: Cid, block: Uint8Array): ChunkTable | undefined {
  try {
    return chunkTable(cid, copyOf(block))
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}
