/** What the VFS and its trees ask of the rest of the program. They know nothing of FUSE, stores or backends. */
import type { Cid } from '../src/core/cid.js'
import type { AtTarget, FileChanges } from './changes.js'
import type { NodeStat, NodeType } from '../src/core/node-stat.js'

/** A directory as an immutable table; an entry's index is its stable place in listings. */
export interface Listing {
  readonly count: number
  name(i: number): Uint8Array
  /** Bytes of an entry's CID, over the table's own memory: good until the caller gives back control. */
  cidBytes(i: number): Uint8Array
  isDuplicate(i: number): boolean
  /** To be called when a part of it was listed: what that took in memory is given back. */
  release(): void
}

/** Content by CID: synchronous, local, verified. */
export interface ContentPort {
  stat(cid: Cid): NodeStat
  /** As `stat` where it is at hand; undefined where it is not, or fails. */
  known(cid: Cid): NodeStat | undefined
  /**
   * Length of the file that a foreign repository on this machine keeps a block in; undefined where
   * there is none. Unverified: of a file that is sound it is the size of the block.
   */
  foreignSize(cid: Cid): number | undefined
  /** As the type that `known` tells, at less cost. */
  type(cid: Cid): NodeType | undefined
  /** Where its first block lies here; undefined where it does not. */
  tier(cid: Cid): 'local' | 'memory' | 'disk' | undefined
  /** Who gave its first block: `local`, or the name of a backend. */
  origin(cid: Cid): string | undefined
  /**
   * When its bytes were last hashed, ms since 1970; `read` where each read hashes them, undefined where
   * they are not here.
   */
  verifiedAt(cid: Cid): number | 'read' | undefined
  read(cid: Cid, position: number, target: Uint8Array, at: number, length: number): number
  /** The local file that holds exactly the bytes of a file, where there is one. */
  contiguous(cid: Cid): { readonly path: string; readonly size: number } | undefined
  readlink(cid: Cid): Uint8Array
  directory(cid: Cid): Listing
  child(cid: Cid, name: Uint8Array): Cid | undefined
}

/** The pinned roots, as `ipfs/` lists them. */
export interface PinsPort {
  /** CIDs as their users gave them: the same array as long as nothing changes. */
  roots(): readonly string[]
  /** The symlinks of `.names/` to named pins, by their names. */
  links(): ReadonlyMap<string, Cid>
  /** When the set last changed, ms since 1970. */
  changedAt(): number
}

/** Where names lead, as `ipns/` shows it. */
export interface NamesPort {
  /**
   * The symlink to what a name leads to; undefined where it leads nowhere.
   * @throws NotReady where that has to be found out, or is known elsewhere.
   */
  link(name: string): Cid | undefined
  /** The names that `ipns/` lists, and their links. @throws NotReady. */
  list(): readonly { readonly name: string; readonly link: Cid }[]
  /** Finds out what NotReady was thrown for. */
  prepare(what: string, signal: AbortSignal): Promise<void>
}

/** What the engine reported of itself at one moment, as a file. */
export interface Snapshot {
  /** Counts the snapshots of one engine. */
  readonly serial: number
  readonly bytes: Uint8Array
  /** ms since 1970. */
  readonly takenAt: number
}

export interface SnapshotPort {
  /** Returns the newest snapshot, taken anew where that is old. @throws NotReady elsewhere than on the main thread. */
  latest(): Snapshot
  /** Returns one of the last snapshots. @throws STALE where it was let go of; NotReady as `latest`. */
  at(serial: number): Snapshot
}

/** A file that programs may change. It keeps its id when it is renamed; one of another content put in its place has another. */
export interface SavedFile extends FileChanges {
  /** Tells it from every file that was or will be in its folder, in 16 bytes. */
  readonly id: Uint8Array
  stat(): NodeStat
  read(position: number, target: Uint8Array, at: number, length: number): number
}

/** A folder of such files, without folders in it. @throws what `FolderChanges` says. */
export interface SavedFilesPort {
  /** Names and files: none where the folder does not exist yet. */
  list(): readonly { readonly name: string; readonly file: SavedFile }[]
  find(name: string): SavedFile | undefined
  /** Returns a file by its id. It may have been removed: then its methods throw STALE. */
  file(id: Uint8Array): SavedFile
  create(name: string, isNew: boolean): SavedFile
  remove(name: string): void
  rename(name: string, to: string, atTarget: AtTarget): void
  sync(): void
  /** When entries last came or went, ms since 1970; undefined where the folder does not exist yet. */
  changedAt(): number | undefined
}

/** A dataset, as `datasets/` shows it. */
export interface DatasetPort {
  /** The data of each version by its name, `v1` and so on. */
  readonly versions: ReadonlyMap<string, Cid>
  /** ms since 1970. */
  readonly changedAt: number
  /** Returns the symlink of `latest`, of a tag, or of the beginning of a CID. */
  link(name: string): Cid | undefined
}

/** The datasets of the home. */
export interface DatasetsPort {
  names(): readonly string[]
  find(name: string): DatasetPort | undefined
  /** Returns the CIDs of all versions. */
  cids(): readonly string[]
  /**
   * Returns the data of a version: a folder. What is data itself stays as it is.
   * @throws NotReady, BLOCK_NOT_FOUND.
   */
  data(cid: Cid): Cid | undefined
  /** When a dataset last came, went or changed, ms since 1970; undefined where there is none yet. */
  changedAt(): number | undefined
}

/** Results of queries, as files of the store. */
export interface ResultsPort {
  /**
   * Returns the CID of the file with the result of a query in a format, for its inputs as they are now.
   * @param query name of a saved query, or the SHA-256 of a query's text, in hex.
   * @param format `parquet`, `csv`, `json`, `arrow`.
   * @returns undefined where there is no such query.
   * @throws NotReady where it has to be computed.
   */
  result(query: string, format: string): Cid | undefined
  /** Computes what NotReady was thrown for, on the main thread. */
  prepare(what: string, signal: AbortSignal): Promise<void>
}

/** Documents that the engine makes when somebody asks for them by name. */
export interface SnapshotsPort {
  /**
   * Returns the newest snapshot of a document; undefined where there is no such document.
   * @throws NotReady where it has to be made, or elsewhere than on the main thread.
   */
  find(name: string): Snapshot | undefined
  /** Returns one of the last snapshots. @throws STALE where it was let go of; NotReady as `find`. */
  at(serial: number): Snapshot
  /** Makes what NotReady was thrown for. */
  prepare(what: string, signal: AbortSignal): Promise<void>
}

/** One version of a file of the home, which is replaced as a whole. */
export interface HomeFile {
  readonly folder: string
  readonly name: string
  readonly size: number
  /** ms since 1970. */
  readonly mtime: number
}

/** Files of the home that are shown as they are. */
export interface HomeFilesPort {
  list(folder: string): readonly string[]
  /** Returns the version that is there now. */
  find(folder: string, name: string): HomeFile | undefined
  /** Reads a version. @throws STALE where another one took its place, and nobody has it open. */
  read(file: HomeFile, position: number, target: Uint8Array, at: number, length: number): number
}

export interface SpaceStat {
  readonly totalBytes: number
  readonly freeBytes: number
  /** Free, and not reserved for root. */
  readonly availableBytes: number
  readonly objects: number
}

export interface SpacePort {
  space(): SpaceStat
}
