/**
 * A write session: one writer's new blocks, in a folder of its own that is invisible to readers
 * until the owner of the home publishes it. Sessions in any number of processes write at the same
 * time; a killed one leaves no trace in the store.
 */
import { closeSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Cid } from '../core/cid.js'
import { KitError, systemCode } from '../core/errors.js'
import { makeDir, openOwn, replaceFile, writeFileDurable } from '../core/fs-durable.js'
import { tryLock } from '../core/native.js'
import { utf8 } from '../core/bytes.js'
import { idText, newId, StoreLayout } from './layout.js'
import type { ObjectId } from './ports.js'
import { PackWriter } from './pack.js'
import { type BlockRecord, type BlockSink } from './ports.js'
import { Kind, type BlockMeta } from '../formats/block-kind.js'
import { newRecord } from './record.js'
import { refuseReadOnly } from './read-only.js'
import { RecordTable } from './record-table.js'
import { writeSegment } from './segment.js'
import type { StoreReader } from './reader.js'

/** Size in bytes after which a session begins another pack, so that gc rewrites 1 GiB at most. */
const PACK_LIMIT = 1 << 30

/** The contents of a finished session, stored with it so that recovery can undo half a publish. */
export interface SessionContents {
  readonly session: ObjectId
  readonly segment: { readonly id: ObjectId; readonly records: number }
  readonly packs: readonly { readonly id: ObjectId; readonly bytes: number }[]
  readonly files: readonly ObjectId[]
  /** Keys of HAMT directories with a table, in hex. */
  readonly tables: readonly string[]
}

/** Returns the paths of a session's objects before they are published. */
export const sessionPaths = (layout: StoreLayout, session: ObjectId) => {
  const root = layout.session(session)
  return {
    root,
    lock: join(root, 'lock'),
    contents: join(root, 'session.json'),
    pack: (id: ObjectId) => join(root, `${idText(id)}.car`),
    file: (id: ObjectId) => join(root, idText(id)),
    segment: (id: ObjectId) => join(root, `${idText(id)}.idx`),
    table: (keyHex: string) => join(root, `${keyHex}.dir`)
  }
}

/** An open session. */
export class WriteSession implements BlockSink {
  readonly id: ObjectId = newId()
  readonly #layout: StoreLayout
  readonly #reader: StoreReader
  readonly #paths: ReturnType<typeof sessionPaths>
  readonly #records = new RecordTable()
  readonly #packs: { id: ObjectId; bytes: number }[] = []
  readonly #files: ObjectId[] = []
  readonly #tables: string[] = []
  /** Whole files that hold the only copy of some leaf. */
  readonly #leafFiles = new Set<ObjectId>()
  #lock = -1
  readonly #writersLock: number
  #pack: PackWriter | undefined
  #packId: ObjectId = 0

  newBlocks = 0
  newBytes = 0
  /** Number of blocks put that were stored already. */
  duplicates = 0

  /**
   * @param reader the store, whose blocks are not written again.
   * @throws LOCKED while gc or a repair runs; the caller waits and tries again.
   */
  constructor(reader: StoreReader) {
    this.#layout = reader.layout
    this.#reader = reader
    this.#paths = sessionPaths(this.#layout, this.id)
    refuseReadOnly(this.#layout.home)
    makeDir(this.#layout.incoming)
    this.#writersLock = openOwn(this.#layout.writersLock, 'append')
    try {
      if (!tryLock(this.#writersLock, 'shared'))
        throw new KitError(
          'LOCKED',
          `gc or a repair is running in ${this.#layout.home}; try again when it is done`
        )
      this.#lock = takeFolder(this.#paths)
      reader.refresh()
    } catch (error) {
      // Else no gc could run until this process ends.
      this.close()
      throw error
    }
  }

  has(cid: Cid): boolean {
    return cid.isIdentity || this.#records.has(cid.key) || this.#reader.has(cid.key)
  }

  hasKey(key: Uint8Array): boolean {
    return this.#records.has(key) || this.#reader.has(key)
  }

  readStored(cid: Cid): Uint8Array | undefined {
    const record = this.#reader.find(cid.key)
    return record === undefined ? undefined : this.#reader.readBlock(record)
  }

  find(key: Uint8Array): BlockRecord | undefined {
    return this.#records.get(key) ?? this.#reader.find(key)
  }

  /** Returns the record of a block that this session itself wrote. */
  ownRecord(key: Uint8Array): BlockRecord | undefined {
    return this.#records.get(key)
  }

  put(cid: Cid, block: Uint8Array, meta: BlockMeta): boolean {
    if (cid.isIdentity) return false
    const known = this.find(cid.key)
    if (known !== undefined && !addsInformation(meta, known)) {
      this.duplicates++
      return false
    }
    const place = known === undefined ? this.#append(cid, block) : placeOf(known)
    const whole = meta.whole ?? known?.whole ?? 0
    this.#records.set(cid.key, newRecord(cid, meta, { ...place, whole }))
    return known === undefined
  }

  /** Stores a block once more, in place of a stored one that is damaged. */
  replace(cid: Cid, block: Uint8Array, meta: BlockMeta): void {
    const place = this.#append(cid, block)
    this.#records.set(cid.key, newRecord(cid, meta, { ...place, whole: meta.whole ?? 0 }))
  }

  #append(cid: Cid, block: Uint8Array): Partial<BlockRecord> {
    if (this.#pack !== undefined && this.#pack.size > PACK_LIMIT) this.#finishPack()
    if (this.#pack === undefined) {
      this.#packId = newId()
      this.#pack = new PackWriter(this.#paths.pack(this.#packId))
    }
    const offset = this.#pack.append(cid.bytes, block)
    this.newBlocks++
    this.newBytes += block.length
    return { source: this.#packId, offset, length: block.length }
  }

  createWhole(): { id: ObjectId; fd: number } {
    const id = newId()
    return { id, fd: openSync(this.#paths.file(id), 'wx+', 0o600) }
  }

  /** Returns the path of an unpublished whole file, to read it back. */
  wholePath(id: ObjectId): string {
    return this.#paths.file(id)
  }

  /** Removes a whole file that is stored already or was given up. */
  dropWhole(id: ObjectId): void {
    rmSync(this.#paths.file(id), { force: true })
  }

  keepWhole(id: ObjectId, root: Cid): void {
    // Even a second copy of a file is kept if it holds the only copy of a leaf.
    const needed = this.find(root.key)?.whole === id || this.#leafFiles.has(id)
    if (needed) this.#files.push(id)
    else this.dropWhole(id)
  }

  putLeaf(cid: Cid, id: ObjectId, offset: number, length: number, framed: boolean): void {
    if (this.has(cid)) {
      this.duplicates++
      return
    }
    const kind = framed ? Kind.FILE : Kind.RAW
    const place = { source: id, inFile: true, framed, offset, length }
    this.#records.set(cid.key, newRecord(cid, { kind, size: length }, place))
    this.#leafFiles.add(id)
    this.newBlocks++
    this.newBytes += length
  }

  putTable(keyHex: string, parts: readonly Uint8Array[]): void {
    writeFileDurable(this.#paths.table(keyHex), parts)
    this.#tables.push(keyHex)
  }

  get isEmpty(): boolean {
    return this.#records.count === 0
  }

  #finishPack(): void {
    if (this.#pack === undefined) return
    this.#packs.push({ id: this.#packId, bytes: this.#pack.finish() })
    this.#pack = undefined
  }

  /**
   * Syncs everything, so that the session can be published by its id. Call close() after
   * publishing, which removes the folder.
   */
  finish(): SessionContents {
    this.#finishPack()
    const segment = newId()
    const records = writeSegment(this.#paths.segment(segment), this.#records.count, (writer) =>
      this.#records.writeTo(writer)
    )
    const contents: SessionContents = {
      session: this.id,
      segment: { id: segment, records },
      packs: this.#packs,
      files: this.#files,
      tables: this.#tables
    }
    replaceFile(this.#paths.contents, utf8(JSON.stringify(contents)))
    return contents
  }

  /** Removes unpublished files and releases the locks. Safe to call twice. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#pack?.close()
    // NFS and FUSE keep an open file under another name, and with it its folder.
    if (this.#lock >= 0) closeSync(this.#lock)
    removeSessionFolder(this.#paths.root)
    closeSync(this.#writersLock)
  }

  #closed = false
}

/** Makes the folder of a session. @returns the descriptor that holds its lock. */
function takeFolder({ root, lock }: ReturnType<typeof sessionPaths>): number {
  mkdirSync(root, { mode: 0o700 })
  // The lock is held before it gets its name, so that recovery never sees it unheld.
  const fd = openSync(`${lock}.new`, 'wx', 0o600)
  try {
    tryLock(fd, 'exclusive')
    renameSync(`${lock}.new`, lock)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/**
 * Removes the folder of a session. One that cannot be removed yet is left for the next owner of the
 * home: what the session stored is safe, and no reason to call it a failure.
 */
export function removeSessionFolder(root: string): void {
  try {
    rmSync(root, { recursive: true, force: true })
  } catch (error) {
    if (!NOT_YET.has(systemCode(error) ?? '')) throw error
  }
}

/** Errors of a folder that holds files which some process has open, on NFS and FUSE. */
const NOT_YET: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'EBUSY'])

/** Returns whether a known block's new description says more than the one on record. */
const addsInformation = (meta: BlockMeta, known: BlockRecord): boolean =>
  (meta.whole !== undefined && known.whole === 0) ||
  (known.kind === Kind.RAW && meta.kind !== Kind.RAW && meta.kind !== Kind.OPAQUE)

const placeOf = ({
  source,
  inFile,
  framed,
  offset,
  length
}: BlockRecord): Partial<BlockRecord> => ({
  source,
  inFile,
  framed,
  offset,
  length
})
