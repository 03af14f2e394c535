/** What operations are given: the ways into one home, each opened for one operation and closed by it. */
import type { UpstreamContent } from '../fetch/upstream-content.js'
import type { Owner } from './owner.js'
import type { EngineReport, MountStatus } from './engine-report.js'
import type { Listen } from '../config/config.js'
import type { MountOptions } from '../mount/driver.js'
import type { ContentView } from './content-view.js'
import type { Finding } from './finding.js'
import type { FetchChoice } from './fetch-choice.js'
import type { Run } from './run.js'

export interface Rebuilt {
  readonly blocks: number
  readonly files: number
  /** What could not be taken over, in words. */
  readonly lost: readonly string[]
}

/** The mounts of all homes of this user, and the engines behind them. */
export interface MountService {
  /** Paths that are mounted by us, living or stale. */
  paths(): readonly string[]
  mount(request: MountRequest, run: Run): Promise<MountStatus>
  /** Mounts and serves until it is unmounted, as a child of ours. @returns the exit code of the engine. */
  serve(request: MountRequest, ready: () => void, run: Run): Promise<number>
  /** Takes a mount away; without a path that of this home. @returns the path. */
  unmount(request: UnmountRequest, run: Run): Promise<string>
  status(): Promise<MountsStatus>
}

export interface MountRequest {
  readonly path: string
  readonly options: MountOptions
  readonly listen: Listen | undefined
}

export interface UnmountRequest {
  readonly path: string | undefined
  /** The path that is meant where several would do. */
  readonly usual: string
  readonly force: boolean
}

export interface MountsStatus {
  readonly mounts: readonly MountStatus[]
  /** Paths that nobody serves. */
  readonly stale: readonly string[]
  /** Paths whose engines do not answer, or are another user's. */
  readonly silent: readonly string[]
}

/** The engine of a home, with or without mounts. */
export interface EngineService {
  /** What it says of itself; undefined where none runs. @throws TIMEOUT for one that is silent. */
  report(): Promise<EngineReport | undefined>
  /** Starts one that stays, or asks the one that runs to stay. @returns its process. */
  start(
    listen: Listen | undefined,
    run: Run
  ): Promise<{ readonly pid: number; readonly wasRunning: boolean }>
  /** Ends it. @returns false where none runs. @throws EXISTS while something is mounted. */
  stop(run: Run): Promise<boolean>
}

export interface Services {
  readonly home: string
  readonly fetching: FetchChoice
  /**
   * Opens the content of the home for reading.
   * @param fetch whether what is not here is fetched.
   */
  openContent(fetch: boolean, run: Run): ContentView
  /** Opens cache and backends, in this process or in the engine that has them. */
  openUpstream(run: Run): Promise<UpstreamContent>
  /**
   * Becomes the owner of the home or connects to it.
   * @param alone waits for writers first and holds them off: for gc and repair.
   * @throws LOCKED naming the owner.
   */
  openOwner(run: Run, alone?: boolean): Promise<Owner>
  /** Builds the index of the home anew. @throws LOCKED while it is owned. */
  rebuildIndex(): Promise<Rebuilt>
  /** Tells the engine of this home, where there is one, that its backends have changed. */
  backendsChanged(): Promise<void>
  /** What mounting needs of this machine, and whether it is there. */
  mountRequirements(): Promise<readonly Finding[]>
  readonly mounts: MountService
  readonly engine: EngineService
}
