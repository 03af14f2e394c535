/** The report of an engine, for `status`, `metrics`, Prometheus and `.ipfs-kit/stats.json`. */
import type { BackendStats, UpstreamStats } from '../fetch/upstream-content.js'
import type { DriverName, MountReport, OpenMode } from '../mount/driver.js'

export type { BackendStats, UpstreamStats }

export interface MountStatus {
  readonly path: string
  readonly driver: DriverName
  /** How files are opened, as far as that is known yet. */
  readonly open: Exclude<OpenMode, 'auto'>
  /** The processes of the supervisor and the engine. */
  readonly pids: readonly number[]
  readonly home: string
}

export type ServedMount = MountStatus & MountReport

/** Bytes: the resident memory of the process, and the JavaScript heap of its main thread. */
export interface MemoryReport {
  readonly resident: number
  readonly heapUsed: number
}

export interface EngineReport {
  readonly pid: number
  readonly startedAt: string
  readonly warnings: readonly string[]
  /** Whether it lives on without mounts. */
  readonly stays: boolean
  readonly memory: MemoryReport
  readonly mounts: readonly ServedMount[]
  /** Cache, fetching and backends; null where there are none. */
  readonly remote: UpstreamStats | null
}

/** The mounts of a home, and of all other homes that this machine shows. */
export interface MountsStatus {
  readonly mounts: readonly MountStatus[]
  /** Mountpoints that no engine serves. */
  readonly stale: readonly string[]
  /** Mountpoints whose engines do not answer, or belong to another user. */
  readonly silent: readonly string[]
}
