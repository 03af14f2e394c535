/**
 * The block store as its owner writes it: it publishes finished sessions, keeps the pins, merges
 * index segments and cleans up after killed writers. The home's lock admits one owner at a time.
 */
import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { KitError } from '../core/errors.js'
import { fsyncDir, ifPresent, isReadOnly, makeDir } from '../core/fs-durable.js'
import { readTextIfAny } from '../core/read-file.js'
import { tryLock } from '../core/native.js'
import { newId, parseId, StoreLayout } from './layout.js'
import type { ObjectId } from './ports.js'
import { writeManifest, type Manifest, type SegmentEntry } from './manifest.js'
import { PinLog, type Pin } from './pins.js'
import { refuseReadOnly } from './read-only.js'
import { keepReserve, usingReserve } from './reserve.js'
import { StoreReader } from './reader.js'
import { SealWriter } from './seal-writer.js'
import { mergeSegments, Segment, writeSegment } from './segment.js'
import { removeSessionFolder, sessionPaths, type SessionContents } from './session.js'

export interface StoreOptions {
  /** Called with each finding of recovery. */
  readonly warn: (message: string) => void
  /** Called after every change, so that other threads refresh their readers. */
  readonly changed?: () => void
}

/** The owner's handle of a store. */
export class BlockStore {
  readonly layout: StoreLayout
  readonly reader: StoreReader
  readonly pins: PinLog
  readonly seals: SealWriter
  readonly #changed: () => void

  private constructor(
    layout: StoreLayout,
    reader: StoreReader,
    pins: PinLog,
    seals: SealWriter,
    changed: () => void
  ) {
    this.layout = layout
    this.reader = reader
    this.pins = pins
    this.seals = seals
    this.#changed = changed
  }

  /**
   * Opens the store of a home whose lock this process holds. That of a home which cannot be written
   * is only read, and refuses every change with READ_ONLY.
   * @throws CORRUPT_FORMAT, IO.
   */
  static open(home: string, { warn, changed = () => undefined }: StoreOptions): BlockStore {
    const layout = new StoreLayout(home)
    if (isReadOnly(home))
      return new BlockStore(
        layout,
        new StoreReader(home),
        PinLog.readOnly(layout.pins),
        new SealWriter(layout),
        changed
      )
    for (const dir of [layout.packs, layout.files, layout.index, layout.tables, layout.incoming])
      makeDir(dir)
    const reader = new StoreReader(home)
    recover(layout, reader)
    const seals = new SealWriter(layout)
    const pins = PinLog.open(layout.pins, warn, seals)
    const store = new BlockStore(layout, reader, pins, seals, changed)
    store.#sealSegments()
    if (!existsSync(layout.manifest)) {
      // Written and synced now, so that a missing manifest later means damage, not an empty store.
      writeManifest(layout.manifest, store.reader.manifest)
      for (const dir of [layout.home, dirname(layout.home)]) fsyncDir(dir)
    }
    keepReserve(layout)
    return store
  }

  /**
   * Makes a finished session's blocks visible, then pins its roots. Both survive a crash once this
   * returns.
   * @throws INVALID_ARGUMENT if the session was not finished.
   */
  publish(session: ObjectId, pins: readonly Pin[]): void {
    const paths = sessionPaths(this.layout, session)
    const contents = readContents(paths.contents)
    if (contents === undefined)
      throw new KitError('INVALID_ARGUMENT', `there is no finished session at ${paths.root}`)
    const { published } = this.reader.manifest
    if (contents.segment.records > 0 && !published.includes(session)) this.#adopt(contents)
    this.pins.add(pins)
    this.#changed()
  }

  addPins(pins: readonly Pin[]): void {
    this.pins.add(pins)
    this.#changed()
  }

  /** Removes pins, on a full disk too. */
  removePins(cids: readonly string[]): void {
    usingReserve(this.layout, () => this.pins.remove(cids))
    keepReserve(this.layout)
    this.#changed()
  }

  /** Seals the segments that the reader has just verified, so that the next one need not. */
  #sealSegments(): void {
    const { layout, reader } = this
    const open = reader.manifest.segments.filter(({ id }) => !reader.isSegmentSealed(id))
    this.seals.seal(open.map(({ id }) => ({ id, path: layout.segment(id) })))
  }

  /** Seals files that were just written, in the places where readers find them. */
  sealNew({ packs, files, segment }: Pick<SessionContents, 'packs' | 'files' | 'segment'>): void {
    const { layout } = this
    this.seals.seal([
      ...packs.map(({ id }) => ({ id, path: layout.pack(id) })),
      ...files.map((id) => ({ id, path: layout.file(id) })),
      { id: segment.id, path: layout.segment(segment.id) }
    ])
  }

  /** Moves the files of a session into place and commits a manifest that names them. */
  #adopt(contents: SessionContents): void {
    try {
      moveIn(this.layout, contents)
      this.sealNew(contents)
      const { manifest } = this.reader
      this.commit({
        ...manifest,
        segments: [contents.segment, ...manifest.segments],
        packs: [...manifest.packs, ...contents.packs],
        published: [
          ...manifest.published.filter((id) => existsSync(this.layout.session(id))),
          contents.session
        ]
      })
    } catch (error) {
      this.#undo(contents)
      throw error
    }
    this.#mergeSmallSegments()
  }

  /**
   * Removes the files moved in, unless the manifest on disk names them: a commit can fail after it
   * replaced the manifest.
   */
  #undo(contents: SessionContents): void {
    const { layout, reader } = this
    reader.refresh()
    if (reader.manifest.published.includes(contents.session)) return
    const moved = [
      ...contents.packs.map(({ id }) => layout.pack(id)),
      ...contents.files.map((id) => layout.file(id)),
      layout.segment(contents.segment.id)
    ]
    for (const path of moved) rmSync(path, { force: true })
  }

  /** Replaces the manifest and refreshes the reader. */
  commit(next: Omit<Manifest, 'generation'>): void {
    refuseReadOnly(this.layout.home)
    const generation = this.reader.manifest.generation + 1
    writeManifest(this.layout.manifest, { ...next, generation })
    this.reader.refresh()
    this.#changed()
  }

  /** Keeps each segment at least twice as large as the next newer, so that a lookup asks few. */
  #mergeSmallSegments(): void {
    const { manifest, segments } = this.reader
    let take = 1
    let sum = manifest.segments[0]?.records ?? 0
    while (take < segments.length && manifest.segments[take]!.records < 2 * sum)
      sum += manifest.segments[take++]!.records
    // Two small segments are left for a later merge, which saves rewriting them after each publish.
    if (take < 3 && segments.length < 12) return
    const merged = this.writeMerged(segments.slice(0, take), sum)
    const old = manifest.segments.slice(0, take)
    this.commit({ ...manifest, segments: [merged, ...manifest.segments.slice(take)] })
    for (const { id } of old) rmSync(this.layout.segment(id), { recursive: true, force: true })
  }

  /** Merges several segments into a new one. @param expected upper bound of its records. */
  writeMerged(segments: readonly Segment[], expected: number): SegmentEntry {
    const id = newId()
    const records = writeSegment(this.layout.segment(id), expected, (writer) =>
      mergeSegments(segments, (bytes, at) => writer.push(bytes, at))
    )
    fsyncDir(this.layout.index)
    this.seals.seal([{ id, path: this.layout.segment(id) }])
    return { id, records }
  }

  /** Replaces all segments by one, which names no removed object. */
  replaceIndex(segment: SegmentEntry): void {
    fsyncDir(this.layout.index)
    const old = this.reader.manifest
    this.seals.seal([{ id: segment.id, path: this.layout.segment(segment.id) }])
    this.commit({ ...old, segments: [segment], doomed: [] })
    for (const { id } of old.segments)
      rmSync(this.layout.segment(id), { recursive: true, force: true })
  }

  close(): void {
    this.pins.close()
    this.seals.close()
    this.reader.close()
  }
}

/** Moves a session's finished files to their places and syncs the folders. */
function moveIn(layout: StoreLayout, contents: SessionContents): void {
  const paths = sessionPaths(layout, contents.session)
  const folders = new Set<string>()
  const move = (from: string, to: string): void => {
    const folder = dirname(to)
    if (!folders.has(folder)) {
      if (!existsSync(folder)) {
        makeDir(folder)
        folders.add(dirname(folder))
      }
      folders.add(folder)
    }
    renameSync(from, to)
  }
  for (const { id } of contents.packs) move(paths.pack(id), layout.pack(id))
  for (const id of contents.files) move(paths.file(id), layout.file(id))
  for (const key of contents.tables) move(paths.table(key), layout.table(key))
  move(paths.segment(contents.segment.id), layout.segment(contents.segment.id))
  for (const folder of folders) fsyncDir(folder)
}

/** Reads the contents of a finished session; undefined if it did not finish. */
function readContents(path: string): SessionContents | undefined {
  const text = readTextIfAny(path)
  try {
    return text === undefined ? undefined : (JSON.parse(text) as SessionContents)
  } catch {
    return undefined
  }
}

/** Removes the remains of killed writers: their sessions, and objects that no manifest names. */
function recover(layout: StoreLayout, reader: StoreReader): void {
  for (const name of readdirSync(layout.incoming)) {
    const session = parseId(name)
    if (session === undefined) removeSessionFolder(join(layout.incoming, name))
    else if (!hasLivingWriter(layout, session)) discardSession(layout, reader, session)
  }
  removeOrphans(layout.packs, reader.manifest.packs)
  removeOrphans(layout.index, reader.manifest.segments)
  for (const id of reader.manifest.doomed) {
    rmSync(layout.file(id), { recursive: true, force: true })
    rmSync(layout.pack(id), { recursive: true, force: true })
  }
}

/** Age below which a folder without a lock may belong to a writer about to take it. */
const GRACE_MS = 2000

function hasLivingWriter(layout: StoreLayout, session: ObjectId): boolean {
  const paths = sessionPaths(layout, session)
  // Open for writing, without which NFS gives no exclusive lock.
  const fd = ifPresent(() => openSync(paths.lock, 'r+'))
  if (fd === undefined) {
    // No folder either means that the writer has just finished and removed it.
    const made = ifPresent(() => statSync(paths.root).mtimeMs)
    return made !== undefined && Date.now() - made < GRACE_MS
  }
  try {
    return !tryLock(fd, 'exclusive')
  } finally {
    closeSync(fd)
  }
}

function discardSession(layout: StoreLayout, reader: StoreReader, session: ObjectId): void {
  const paths = sessionPaths(layout, session)
  const contents = readContents(paths.contents)
  if (contents !== undefined && !reader.manifest.published.includes(session)) {
    for (const id of contents.files) rmSync(layout.file(id), { recursive: true, force: true })
  }
  removeSessionFolder(paths.root)
}

/** Removes files that a killed publish or collection moved in but never committed. */
function removeOrphans(folder: string, named: readonly { readonly id: ObjectId }[]): void {
  const known = new Set(named.map(({ id }) => id))
  for (const name of readdirSync(folder)) {
    const id = parseId(name.slice(0, 13))
    if (id !== undefined && !known.has(id))
      rmSync(join(folder, name), { recursive: true, force: true })
  }
}
