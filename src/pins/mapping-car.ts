/**
 * Writes `pin_mappings.car`: a CARv1 whose root, a dag-cbor block, links to dag-cbor blocks of
 * mappings. Rows are copied as bytes, never decoded. Source: https://ipld.io/specs/transport/car/
 */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync } from 'node:fs'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { Cid, DAG_CBOR } from '../core/cid.js'
import { openOwn, writeFully } from '../core/fs-durable.js'
import { carHeader, sectionHead } from '../formats/car-writer.js'
import { COLUMNS } from './mapping.js'
import type { RowView } from './row-codec.js'

export const CAR_FORMAT = 'pin_mappings_car'
export const CAR_VERSION = '1.0'
/** Most mappings of a block, and the bytes from which it is full: nodes exchange 2 MiB at most. */
const MAX_MAPPINGS = 10_000
const FULL_BLOCK = 1 << 20
const SHA2_256 = 0x12

/** Columns in the order of dag-cbor's keys: shorter ones first. */
const KEYS = COLUMNS.map((name, index) => ({ index, head: textHead(name) })).sort(
  (a, b) => a.head.length - b.head.length || Buffer.compare(a.head, b.head)
)

function textHead(text: string): Uint8Array {
  return dagCbor.encode(text)
}

/** Takes rows in order, and writes the archive as they come. */
export class MappingCarWriter {
  readonly #fd: number
  #isClosed = false
  readonly #createdAt: string
  readonly #links: CID[] = []
  readonly #block = new GrowingBytes()
  #mappings = 0

  constructor(path: string, createdAt: string) {
    this.#createdAt = createdAt
    this.#fd = openOwn(path, 'replace')
    // The root is known at the end; its header has the same length for every root.
    writeFully(this.#fd, carHeader([cidOf(new Uint8Array(0))]))
  }

  push(row: RowView): void {
    this.#block.push(MAP_OF_COLUMNS)
    for (const { index, head } of KEYS) {
      this.#block.push(head)
      const text = row.field(index)
      this.#block.pushHead(3, text.length)
      this.#block.push(text)
    }
    if (++this.#mappings === MAX_MAPPINGS || this.#block.length >= FULL_BLOCK) this.#flush()
  }

  #flush(): void {
    if (this.#mappings === 0) return
    const head = new GrowingBytes()
    head.pushHead(4, this.#mappings)
    const block = Buffer.concat([head.bytes, this.#block.bytes])
    this.#links.push(CID.decode(this.#section(block).bytes))
    this.#block.clear()
    this.#mappings = 0
  }

  #section(block: Uint8Array): Cid {
    const cid = cidOf(block)
    writeFully(this.#fd, sectionHead(cid, block.length))
    writeFully(this.#fd, block)
    return cid
  }

  /** Writes the root, syncs the file and closes it. */
  finish(): void {
    this.#flush()
    const root = this.#section(
      dagCbor.encode({
        format: CAR_FORMAT,
        version: CAR_VERSION,
        created_at: this.#createdAt,
        pin_mappings: this.#links
      })
    )
    writeFully(this.#fd, carHeader([root]), 0)
    fsyncSync(this.#fd)
    this.abandon()
  }

  /** Closes the file, finished or not. */
  abandon(): void {
    if (!this.#isClosed) closeSync(this.#fd)
    this.#isClosed = true
  }
}

const MAP_OF_COLUMNS = Uint8Array.of(0xa0 | COLUMNS.length)

const cidOf = (block: Uint8Array): Cid =>
  Cid.v1(DAG_CBOR, SHA2_256, createHash('sha256').update(block).digest())

/** Bytes that are appended to, with CBOR's heads. */
class GrowingBytes {
  #bytes = Buffer.allocUnsafe(4096)
  length = 0

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  push(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(2 * (this.length + bytes.length))
      grown.set(this.bytes)
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Appends the head of a CBOR item of a major type. Source: RFC 8949, section 3. */
  pushHead(major: number, value: number): void {
    const type = major << 5
    if (value < 24) return this.push(Uint8Array.of(type | value))
    if (value < 0x100) return this.push(Uint8Array.of(type | 24, value))
    if (value < 0x1_0000) return this.push(Uint8Array.of(type | 25, value >>> 8, value))
    this.push(Uint8Array.of(type | 26, value >>> 24, value >>> 16, value >>> 8, value))
  }

  clear(): void {
    this.length = 0
  }
}
