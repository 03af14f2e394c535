/** Synchronous, lock-free reading of the block store, safe while a writer or gc runs. */
import { closeSync, openSync, readSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { threadId } from 'node:worker_threads'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError, systemCode, toKitError } from '../core/errors.js'
import { ifPresent, makeDir, writeDerivedFile } from '../core/fs-durable.js'
import { mapFile, type MappedFile } from '../core/native.js'
import { framedLength, framePayload } from '../formats/leaf-frame.js'
import { StoreLayout } from './layout.js'
import { readManifest, type Manifest } from './manifest.js'
import type { BlockRecord, BlockSource, TableFiles } from './ports.js'
import { decodeRecord } from './record.js'
import { Segment } from './segment.js'

const MAX_OPEN = 128
const OVERLAYFS = 0x794c7630

export const blockNotFound = (cid: Cid): KitError =>
  new KitError('BLOCK_NOT_FOUND', `block ${cid} is not in the local store`)

/** One thread's view of the store. It maps the segments at once and opens files on demand. */
export class StoreReader implements BlockSource, TableFiles {
  readonly layout: StoreLayout
  #manifest: Manifest
  #segments: Segment[] = []
  readonly #mapped = new Map<number, Segment>()
  /** Open descriptors by object, in order of opening. */
  readonly #open = new Map<number, number>()

  constructor(home: string) {
    this.layout = new StoreLayout(home)
    this.#manifest = readManifest(this.layout.manifest)
    this.#mapSegments()
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  /** Newest first. */
  get segments(): readonly Segment[] {
    return this.#segments
  }

  /** Reads the manifest again and maps the segments it names. */
  refresh(): void {
    const manifest = readManifest(this.layout.manifest)
    if (manifest.generation === this.#manifest.generation) return
    const previous = this.#manifest
    this.#manifest = manifest
    try {
      this.#mapSegments()
    } catch (error) {
      // With the old generation in place, the next refresh tries again.
      this.#manifest = previous
      throw error
    }
    // The disk frees the space of files that gc removed only once all descriptors are closed.
    for (const fd of this.#open.values()) closeSync(fd)
    this.#open.clear()
  }

  /** Maps the segments of the manifest and unmaps all others. @throws CORRUPT_FORMAT. */
  #mapSegments(): void {
    for (let attempt = 0; ; attempt++) {
      try {
        this.#segments = this.#manifest.segments.map(({ id }) => this.#segment(id))
        break
      } catch (error) {
        // A merge may have replaced the segments after the manifest was read.
        if (systemCode(error) !== 'ENOENT') throw toKitError(error)
        if (attempt === 10)
          throw new KitError(
            'CORRUPT_FORMAT',
            'an index segment of the store is gone; rebuild the index with `ipfs-kit fsck --repair`',
            { cause: error }
          )
        this.#manifest = readManifest(this.layout.manifest)
      }
    }
    for (const [id, segment] of this.#mapped) {
      if (this.#segments.includes(segment)) continue
      segment.close()
      this.#mapped.delete(id)
    }
  }

  #segment(id: number): Segment {
    let segment = this.#mapped.get(id)
    if (segment === undefined) {
      segment = Segment.open(this.layout.segment(id))
      this.#mapped.set(id, segment)
    }
    return segment
  }

  find(key: Uint8Array): BlockRecord | undefined {
    for (const segment of this.#segments) {
      const index = segment.indexOf(key)
      if (index >= 0) return decodeRecord(segment.view, segment.offsetOf(index))
    }
    return undefined
  }

  has(key: Uint8Array): boolean {
    return this.#segments.some((segment) => segment.indexOf(key) >= 0)
  }

  get(cid: Cid): Uint8Array {
    if (cid.isIdentity) return cid.digest
    return this.retrying(() => {
      const record = this.find(cid.key)
      if (record === undefined) throw blockNotFound(cid)
      return this.readBlock(record)
    })
  }

  foreignSize(): undefined {
    return undefined
  }

  missing(cid: Cid): Error {
    return blockNotFound(cid)
  }

  retrying<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (!isKitError(error, 'STALE')) throw error
      this.refresh()
      return read()
    }
  }

  /** Reads a block, putting its payload into the frame where the record is framed. */
  readBlock(record: BlockRecord): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(record.length)
    this.readPayload(record, 0, bytes, 0, record.length)
    return record.framed ? framePayload(bytes) : bytes
  }

  blockLength(record: BlockRecord): number {
    return record.framed ? framedLength(record.length) : record.length
  }

  readPayload(
    record: BlockRecord,
    position: number,
    target: Uint8Array,
    at: number,
    length: number
  ): number {
    const wanted = Math.min(length, record.length - position)
    if (wanted <= 0) return 0
    return this.#read(record.source, record.inFile, record.offset + position, target, at, wanted)
  }

  originName(): string {
    return 'local'
  }

  tierOf(): 'local' {
    return 'local'
  }

  wholePath(id: number): string {
    return this.layout.file(id)
  }

  readWhole(id: number, position: number, target: Uint8Array, at: number, length: number): number {
    return this.#read(id, true, position, target, at, length)
  }

  #read(
    source: number,
    inFile: boolean,
    position: number,
    target: Uint8Array,
    at: number,
    length: number
  ): number {
    const fd = this.#descriptor(source, inFile)
    let done = 0
    while (done < length) {
      const n = readSync(fd, target, at + done, length - done, position + done)
      if (n === 0)
        throw new KitError(
          'IO',
          `${this.#path(source, inFile)} is cut short; run \`ipfs-kit fsck\``
        )
      done += n
    }
    return done
  }

  #path(source: number, inFile: boolean): string {
    return inFile ? this.layout.file(source) : this.layout.pack(source)
  }

  /** Returns an open descriptor, closing the oldest at the limit. @throws STALE if it is gone. */
  #descriptor(source: number, inFile: boolean): number {
    const known = this.#open.get(source)
    if (known !== undefined) return known
    const path = this.#path(source, inFile)
    let fd: number
    try {
      fd = openSync(path, 'r')
    } catch (error) {
      const missing = systemCode(error) === 'ENOENT'
      const stale = 'a file of the block store is gone; run `ipfs-kit fsck`'
      throw missing
        ? new KitError('STALE', `${stale} (${path})`, { cause: error })
        : toKitError(error)
    }
    if (this.#open.size >= MAX_OPEN) {
      const [oldest] = this.#open
      closeSync(oldest![1])
      this.#open.delete(oldest![0])
    }
    this.#open.set(source, fd)
    return fd
  }

  map(keyHex: string): MappedFile | undefined {
    return ifPresent(() => mapFile(this.layout.table(keyHex)))
  }

  save(keyHex: string, parts: readonly Uint8Array[]): void {
    const path = this.layout.table(keyHex)
    const temporary = `${path}.${process.pid}.${threadId}.tmp`
    try {
      makeDir(dirname(path))
      // Not synced: a table torn by a power cut fails its checksum and is rebuilt.
      writeDerivedFile(temporary, parts)
      renameSync(temporary, path)
    } catch (error) {
      // A full disk or a read-only home costs speed, not correctness.
      rmSync(temporary, { force: true })
      if (systemCode(error) === undefined) throw error
    }
  }

  /** Returns the bytes of the store's file system and the number of records in the index. */
  space(): { totalBytes: number; freeBytes: number; availableBytes: number; objects: number } {
    const { blocks, bfree, bavail, bsize } = statfsSync(this.layout.root)
    const objects = this.#manifest.segments.reduce((sum, { records }) => sum + records, 0)
    return {
      totalBytes: blocks * bsize,
      freeBytes: bfree * bsize,
      availableBytes: bavail * bsize,
      objects
    }
  }

  /** Returns the kernel's stacking depth for FUSE passthrough to files of this store. */
  stackingDepth(): number {
    return statfsSync(this.layout.root).type === OVERLAYFS ? 2 : 1
  }

  /** Closes all files and maps. Nothing may be read afterwards. */
  close(): void {
    for (const fd of this.#open.values()) closeSync(fd)
    this.#open.clear()
    for (const segment of this.#mapped.values()) segment.close()
    this.#mapped.clear()
    this.#segments = []
  }
}
