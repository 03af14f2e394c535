/** The report of an engine, for `status`, `metrics`, Prometheus and `.ipfs-kit/stats.json`. */
import type { BackendStats, UpstreamStats } from '../fetch/upstream-content.js'
import type { PortName } from '../config/listen.js'
import type { StoreFigures } from '../store/figures.js'
import type { ExpectedMount } from './configured-mounts.js'
import type { DriverName, MountReport, OpenMode } from '../mount/driver.js'

export type { BackendStats, ExpectedMount, UpstreamStats }

export interface MountStatus {
  readonly path: string
  readonly driver: DriverName
  /** How files are opened, as far as that is known yet. */
  readonly open: Exclude<OpenMode, 'auto'>
  /** The processes of the supervisor and the engine. */
  readonly pids: readonly number[]
  readonly home: string
  /** Major and minor number of the file system, as `0:39`; empty while it is being mounted. */
  readonly device: string
}

/** A mount as its engine knows it. */
export interface EngineMount extends MountStatus {
  /**
   * Whether it is mounted no more where the engine sees it, but somebody holds it: another mount
   * namespace, a bind mount of a part of it, or an open file.
   */
  readonly isHeld: boolean
  /** Mount namespace of the engine, as a text to compare. */
  readonly namespace?: string | undefined
}

export type ServedMount = MountStatus & MountReport

/** Bytes: the resident memory of the process, and the JavaScript heap of its main thread. */
export interface MemoryReport {
  readonly resident: number
  readonly heapUsed: number
}

/** A port at which an engine answers over HTTP, or should. */
export interface PortReport {
  readonly name: PortName
  /** As `http://127.0.0.1:8520`; null where it does not answer. */
  readonly url: string | null
  /** Why it does not answer, and what to do; null where it does. */
  readonly fault: string | null
}

export interface EngineReport {
  /** Version of the engine's program. */
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly warnings: readonly string[]
  readonly ports: readonly PortReport[]
  /** Whether it lives on without mounts. */
  readonly stays: boolean
  readonly memory: MemoryReport
  readonly mounts: readonly ServedMount[]
  /** The mounts that the home is configured to have. */
  readonly configured: readonly ExpectedMount[]
  readonly store: StoreFigures
  /** Cache, fetching and backends; null where there are none. */
  readonly remote: UpstreamStats | null
}

/** A path that shows all or a part of a mount which is somewhere else too. */
export interface BindMount {
  readonly path: string
  /** The mountpoint. */
  readonly of: string
}

/** A process that holds a mount by its mount namespace, an open file, or a folder it is in. */
export interface HolderReport {
  readonly pid: number
  /** Name of its program. */
  readonly command: string
}

/** A mount that was taken away, and is served for whoever still has it. */
export interface HeldMount {
  /** Where it was. */
  readonly path: string
  readonly home: string
  readonly device: string
  /** The processes that hold it, as far as this one may know. */
  readonly holders: readonly HolderReport[]
}

/** The mounts of a home, and of all other homes that this machine shows. */
export interface MountsStatus {
  readonly mounts: readonly MountStatus[]
  readonly binds: readonly BindMount[]
  readonly held: readonly HeldMount[]
  /** Mounts of engines that are asked, which only another mount namespace shows. */
  readonly elsewhere: readonly MountStatus[]
  /** Mountpoints that no engine serves. */
  readonly stale: readonly string[]
  /** Mountpoints whose engines do not answer, belong to another user, or cannot be seen from here. */
  readonly silent: readonly string[]
}
