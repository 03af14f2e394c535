/** The interface between operations and one home. What an operation opens here, it must close. */
import type { UpstreamContent } from '../fetch/upstream-content.js'
import type { Owner } from './owner.js'
import type { EngineReport, HolderReport, MountStatus, MountsStatus } from './engine-report.js'
import type { IndexReader } from '../metadata/index-reader.js'
import type { PinPolicy } from '../pins/placement.js'
import type { MountOptions } from '../mount/driver.js'
import type { Sql } from '../query/ports.js'
import type { ContentView } from './content-view.js'
import type { EngineEvent, EventChoice } from './events.js'
import type { EngineChoice } from './engine-choice.js'
import type { Finding } from './finding.js'
import type { FetchChoice } from './fetch-choice.js'
import type { Run } from './run.js'
import type { TreeView } from './tree-view.js'

export interface Rebuilt {
  readonly blocks: number
  readonly files: number
  /** Descriptions of what could not be taken over. */
  readonly lost: readonly string[]
}

/** The mounts of all homes of this user, and the engines behind them. */
export interface MountService {
  /** Returns the place that a path shows in a mount of any home; undefined for one in none. */
  locate(path: string): PlaceInMount | undefined
  /** Returns where a mount that is asked for at a path stands in the table of mounts. */
  readonly mountpoint: (path: string) => string
  /** Returns the mountpoints that show this home, stale ones included. */
  pathsOfHome(): readonly string[]
  mount(request: MountRequest, run: Run): Promise<MountStatus>
  /**
   * Mounts, and serves as a child process until it is unmounted. @returns the exit code of the
   * engine.
   */
  serve(request: MountRequest, ready: () => void, run: Run): Promise<number>
  /** Unmounts; without a path, the mount of this home. */
  unmount(request: UnmountRequest, run: Run): Promise<UnmountResult>
  status(): Promise<MountsStatus>
}

/** A place in a mount, in whatever way a path leads there. */
export interface PlaceInMount {
  /** The home whose content the mount shows, if it is told. */
  readonly home: string | undefined
  /** The names below the root of the mount. */
  readonly names: readonly string[]
}

export interface MountRequest extends EngineChoice {
  readonly path: string
  /** Whether folders of the system and of other users are meant, too. */
  readonly anyFolder?: boolean
  readonly options: MountOptions
}

export interface UnmountRequest {
  readonly path: string | undefined
  /** The path to take when none is given and several are possible. */
  readonly usual: string
  readonly force: boolean
}

export interface UnmountResult {
  readonly path: string
  /** Whether somebody still holds the mount, and is served until he lets go. */
  readonly isHeld: boolean
  /** The processes that hold it, as far as this one may know. */
  readonly holders: readonly HolderReport[]
  /** Paths here that still show it: bind mounts. */
  readonly binds: readonly string[]
}

/** The engine of a home, with or without mounts. */
export interface EngineService {
  /**
   * Returns the engine's report; undefined where none runs. @throws TIMEOUT for one that is silent.
   */
  report(): Promise<EngineReport | undefined>
  /** Starts an engine that stays, or asks the running one to stay. @returns its process. */
  start(
    choice: EngineChoice,
    run: Run
  ): Promise<{ readonly pid: number; readonly wasRunning: boolean }>
  /** Runs an engine as a child process until it ends. @returns its exit code. */
  serve(choice: EngineChoice, ready: () => void, run: Run): Promise<number>
  /**
   * Asks the engine over HTTP. @returns the body; undefined where none runs, or it does not know the
   * path.
   */
  ask(path: string, run: Run): Promise<Uint8Array | undefined>
  /**
   * Returns a code by which a browser is signed in at the engine, good once and for a minute.
   * @throws CLOSED where none runs.
   */
  signIn(rights: { readonly isReadOnly: boolean }): Promise<string>
  /**
   * Yields what happens in the engine until the signal comes, or it ends.
   * @throws PATH_NOT_FOUND where none runs; BUSY; ABORTED; CLOSED where it is killed.
   */
  events(choice: EventChoice, signal: AbortSignal): AsyncIterable<EngineEvent>
  /** Ends the engine. @returns false where none runs. @throws EXISTS while something is mounted. */
  stop(run: Run): Promise<boolean>
}

/** What runs SQL, with a folder for files that one piece of work needs. */
export interface OpenedSql {
  readonly sql: Sql
  readonly folder: string
  /** Ends it, and removes the folder. */
  readonly close: () => void
}

export interface Services {
  readonly home: string
  readonly fetching: FetchChoice
  /** How many copies of pins are asked for, and where. @throws CONFIG_INVALID. */
  readonly pinPolicy: PinPolicy
  /** The metadata index, for reading. */
  readonly index: IndexReader
  /** @throws ACCESS_DENIED for a home that somebody else can change, naming what and who. */
  checkHome(): void
  /**
   * Opens the content of the home for reading.
   * @param fetch whether missing content is fetched.
   * @param isUpkeep whether reading is the program's own, and no use of what it reads.
   */
  openContent(fetch: boolean, run: Run, isUpkeep?: boolean): Promise<ContentView>
  /** Returns the tree that a mount shows, over content that is open. */
  treeOver(view: ContentView, run: Run): Promise<TreeView>
  /** Opens cache and backends, in this process or in the engine that has them. */
  openUpstream(run: Run): Promise<UpstreamContent>
  /**
   * Becomes the owner of the home, or connects to it.
   * @param alone waits for writers first and keeps them out: for gc and repair.
   * @throws LOCKED naming the owner.
   */
  openOwner(run: Run, alone?: boolean): Promise<Owner>
  /**
   * Repairs the log of pins, and rebuilds the index from the packs, where the store cannot be opened.
   * @throws LOCKED while the home is owned.
   */
  repairHome(run: Run): Promise<Rebuilt>
  /** Tells the engine of this home, where one runs, to open its backends anew. */
  backendsChanged(): Promise<void>
  /** Opens what runs SQL, in this process or in the engine. */
  openSql(run: Run): Promise<OpenedSql>
  /** Checks what mounting needs of this machine. */
  mountRequirements(): Promise<readonly Finding[]>
  readonly mounts: MountService
  readonly engine: EngineService
}
