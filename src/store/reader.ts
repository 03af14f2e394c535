/** Synchronous, lock-free reading of the block store, safe while a writer or gc runs. */
import { lstatSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { threadId } from 'node:worker_threads'
import type { Cid } from '../core/cid.js'
import { systemClock, type Clock } from '../core/clock.js'
import { isKitError, KitError, systemCode, toKitError } from '../core/errors.js'
import { ifPresent, makeDir, writeDerivedFile } from '../core/fs-durable.js'
import { noFile, openFailure } from '../core/read-file.js'
import { mapFile, type MappedFile } from '../core/native.js'
import { framedLength, framePayload } from '../formats/leaf-frame.js'
import { StoreLayout } from './layout.js'
import { readManifest, type Manifest } from './manifest.js'
import { MEND, ObjectFiles } from './object-files.js'
import type { BlockRecord, BlockSource, TableFiles } from './ports.js'
import { possibleCids } from './record.js'
import { isAsSealed, Seals } from './seals.js'
import { SegmentSet } from './segment-set.js'
import { Segment } from './segment.js'

const OVERLAYFS = 0x794c7630

export const blockNotFound = (cid: Cid): KitError =>
  new KitError('BLOCK_NOT_FOUND', `block ${cid} is not in the local store`)

const isFileOrNone = (path: string): boolean => ifPresent(() => lstatSync(path))?.isFile() !== false

const REBUILD = 'rebuild the index with `ipfs-kit fsck --repair`'

function openSegment(path: string): Segment {
  try {
    return Segment.open(path)
  } catch (error) {
    // The caller looks for a newer manifest where the file is gone.
    if (isKitError(error) || systemCode(error) === 'ENOENT') throw error
    throw openFailure(path, REBUILD, error)
  }
}

/** One thread's view of the store. It maps the segments at once and opens files on demand. */
export class StoreReader implements BlockSource, TableFiles {
  readonly layout: StoreLayout
  #manifest: Manifest
  #index = new SegmentSet([], new Set())
  readonly #mapped = new Map<number, Segment>()
  readonly #seals: Seals
  readonly #files: ObjectFiles
  /** The block of an unsealed object that was hashed last, for reads of its further parts. */
  #hashed:
    { readonly source: number; readonly offset: number; readonly bytes: Uint8Array } | undefined

  constructor(home: string, clock: Clock = systemClock) {
    this.layout = new StoreLayout(home)
    this.#seals = new Seals(this.layout.seals)
    this.#files = new ObjectFiles(this.layout, this.#seals, clock)
    this.#manifest = readManifest(this.layout.manifest)
    this.#mapSegments()
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  /** The index, as it was when the manifest was read last. */
  get index(): SegmentSet {
    return this.#index
  }

  /** Newest first. */
  get segments(): readonly Segment[] {
    return this.#index.segments
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
    this.#files.closeAll()
    this.#hashed = undefined
  }

  /** Maps the segments of the manifest and unmaps all others. @throws CORRUPT_FORMAT. */
  #mapSegments(): void {
    for (let attempt = 0; ; attempt++) {
      try {
        const { segments, doomed } = this.#manifest
        this.#index = new SegmentSet(
          segments.map(({ id }) => this.#segment(id)),
          new Set(doomed)
        )
        break
      } catch (error) {
        // A merge may have replaced the segments after the manifest was read.
        if (systemCode(error) !== 'ENOENT') throw toKitError(error)
        if (attempt === 10)
          throw new KitError(
            'CORRUPT_FORMAT',
            `an index segment of the store is gone: ${(error as NodeJS.ErrnoException).path ?? ''}; ${REBUILD}`,
            { cause: error }
          )
        this.#manifest = readManifest(this.layout.manifest)
      }
    }
    for (const [id, segment] of this.#mapped) {
      if (this.segments.includes(segment)) continue
      segment.close()
      this.#mapped.delete(id)
    }
  }

  #segment(id: number): Segment {
    let segment = this.#mapped.get(id)
    if (segment === undefined) {
      const path = this.layout.segment(id)
      const state = statSync(path)
      if (!state.isFile()) throw noFile(path, REBUILD)
      segment = openSegment(path)
      if (!isAsSealed(this.#seals.find(id), state)) segment.verify(path)
      this.#mapped.set(id, segment)
    }
    return segment
  }

  /** Returns whether an index segment is as it was written. @throws Error with code ENOENT. */
  isSegmentSealed(id: number): boolean {
    return isAsSealed(this.#seals.find(id), statSync(this.layout.segment(id)))
  }

  find(key: Uint8Array): BlockRecord | undefined {
    return this.#index.find(key)
  }

  has(key: Uint8Array): boolean {
    return this.#index.indexOf(key) >= 0
  }

  get(cid: Cid): Uint8Array {
    if (cid.isIdentity) return cid.identityBlock
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

  /** Reads a block as it lies there, for callers that hash it themselves. @throws IO, STALE. */
  readUnchecked(record: BlockRecord): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(record.length)
    this.#files.read(record.source, record.inFile, record.offset, bytes, 0, record.length)
    return record.framed ? framePayload(bytes) : bytes
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
    const { source, inFile, offset } = record
    if (this.#files.isSealed(source, inFile))
      return this.#files.read(source, inFile, offset + position, target, at, wanted)
    target.set(this.#hashedPayload(record).subarray(position, position + wanted), at)
    return wanted
  }

  /** Reads all of a block from an object that somebody changed. @throws INTEGRITY. */
  #hashedPayload(record: BlockRecord): Uint8Array {
    const { source, inFile, offset, length } = record
    const last = this.#hashed
    if (last?.source === source && last.offset === offset && last.bytes.length === length)
      return last.bytes
    const bytes = Buffer.allocUnsafeSlow(length)
    this.#files.read(source, inFile, offset, bytes, 0, length)
    if (!this.#isBlockOf(record, record.framed ? framePayload(bytes) : bytes))
      throw new KitError(
        'INTEGRITY',
        `${this.#files.pathOf(source, inFile)} was changed, and is damaged at byte ${offset}; ${MEND}`
      )
    this.#hashed = { source, offset, bytes }
    return bytes
  }

  /** Returns whether bytes are the block of a record: their own key leads to the same place. */
  #isBlockOf(record: BlockRecord, block: Uint8Array): boolean {
    for (const { key } of possibleCids(record, block)) {
      const found = this.find(key)
      if (found?.source === record.source && found.offset === record.offset) return true
    }
    return false
  }

  originName(): string {
    return 'local'
  }

  tierOf(): 'local' {
    return 'local'
  }

  verifiedAt({ whole, source, inFile }: BlockRecord): number | 'read' {
    const [id, isFile] = whole === 0 ? [source, inFile] : [whole, true]
    const seal = this.#files.isSealed(id, isFile) ? this.#seals.find(id) : undefined
    return seal?.verifiedAt ?? 'read'
  }

  usedAt(): undefined {
    return undefined
  }

  hasWhole(id: number): boolean {
    try {
      return this.#files.isSealed(id, true)
    } catch (error) {
      // Its leaves may lie elsewhere; the one that does not names the fault.
      if (isKitError(error)) return false
      throw error
    }
  }

  wholePath(id: number): string | undefined {
    return this.#files.isSealedByName(id) ? this.layout.file(id) : undefined
  }

  readWhole(id: number, position: number, target: Uint8Array, at: number, length: number): number {
    return this.#files.read(id, true, position, target, at, length)
  }

  map(keyHex: string): MappedFile | undefined {
    try {
      const path = this.layout.table(keyHex)
      return statSync(path).isFile() ? mapFile(path) : undefined
    } catch (error) {
      // A table that cannot be read is as none: it is derived.
      if (systemCode(error) !== undefined) return undefined
      throw error
    }
  }

  save(keyHex: string, parts: readonly Uint8Array[]): void {
    const path = this.layout.table(keyHex)
    const temporary = `${path}.${process.pid}.${threadId}.tmp`
    try {
      makeDir(dirname(path))
      // Not synced: a table torn by a power cut fails its checksum and is rebuilt.
      writeDerivedFile(temporary, parts)
      // What stands in its place, a folder say, may be deleted at any time.
      if (!isFileOrNone(path)) rmSync(path, { recursive: true, force: true })
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
    this.#files.closeAll()
    this.#seals.close()
    for (const segment of this.#mapped.values()) segment.close()
    this.#mapped.clear()
    this.#index = new SegmentSet([], new Set())
  }
}
