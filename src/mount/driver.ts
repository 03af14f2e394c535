/** The driver port, through which the file system is attached to the kernel. */
import type { KitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import type { HistogramReport } from '../core/histogram.js'
import type { NotReady } from '../core/not-ready.js'
import type { InodeTableMemory } from '../../vfs/inode-table.js'
import type { Vfs } from '../../vfs/vfs.js'

/**
 * The way files are opened. With `passthrough` the kernel reads contiguous files by itself, with
 * `none` it opens files without a request; `auto` is passthrough where it is allowed, else none.
 */
export type OpenMode = 'auto' | 'passthrough' | 'none'

/** `raw` speaks the kernel's protocol itself; `fuse-native` uses libfuse 2. */
export type DriverName = 'raw' | 'fuse-native'

/** The options of one mount. */
export interface MountOptions {
  readonly uid: number
  readonly gid: number
  /** Permission bits removed from all modes. */
  readonly umask: number
  /** Whether other users may enter. */
  readonly allowOther: boolean
  /** Whether the kernel refuses every change by itself, those of saved queries too. */
  readonly readOnly: boolean
  /** Bytes of memory for tables, over all serving threads. */
  readonly memory: number
  readonly open: OpenMode
  readonly driver: DriverName
  /** Time after which an unanswered request gets ETIMEDOUT. */
  readonly deadlineMs: number
}

/** A VFS, and the calls that its server must make. */
export interface ServedVfs {
  readonly vfs: Vfs
  /** Applies changes of the store; call it before each request. @returns whether there were any. */
  readonly refresh: () => boolean
  /** A file of the store, and the stacking depth of its file system, to probe passthrough. */
  readonly probe: { readonly path: string; readonly depth: number }
  /**
   * Has another thread prepare what the VFS was not ready for.
   * @returns what the backends said where none of them has it.
   */
  readonly prepare: (need: NotReady, signal: AbortSignal) => Promise<KitError | undefined>
  /** Describes who is asked for what is missing, for the log. */
  readonly asked: () => string
  readonly log: Log
  /** Undefined where threads do not rehearse. */
  readonly rehearsal?: RehearsalContent
}

/** Content with which a thread exercises its code before readers come. */
export interface RehearsalContent {
  /** Opens a further VFS over the same trees, for the same thread. */
  readonly openVfs: (inodes: InodeTableMemory) => Vfs
  /** Returns some names below `ipfs/` whose content is local. */
  readonly roots: () => readonly string[]
}

/** Opens a VFS over a table of inodes, for the calling thread. */
export type OpenVfs = (inodes: InodeTableMemory, options: MountOptions) => ServedVfs

/** Statistics of one mount. */
export interface MountReport {
  /** Number of requests by name in lower case. */
  readonly requests: Readonly<Record<string, number>>
  /** Times to answer. */
  readonly latency: HistogramReport
  /** Number of answers that are errors, by the name of their errno. */
  readonly errors: Readonly<Record<string, number>>
  /** Number of requests that wait for something to be prepared or fetched. */
  readonly waiting: number
  /** Number of requests so far that had to wait. */
  readonly waited: number
}

export interface AttachedMount {
  /** Major and minor number of the file system, as `0:39`, by which its mounts are known. */
  readonly device: string
  /** The way files are opened, after `auto` was resolved. */
  readonly open: Exclude<OpenMode, 'auto'>
  /**
   * Resolves once nobody has the file system any more, in no mount namespace and by no open file,
   * and all its threads have ended.
   */
  readonly done: Promise<void>
  /** Returns the statistics so far. */
  report(): MountReport
  /**
   * Makes do with little, for a mount that only those have who still hold it. It is served on.
   */
  rest(): Promise<void>
  /**
   * Ends the connection, as far as the driver can: whoever still has the file system gets errors.
   * Its mounts stay in the table.
   */
  abort(): Promise<void>
}

export interface FuseDriver {
  readonly name: string
  /** Attaches at an existing, empty folder; resolves once requests are answered. */
  mount(path: string, options: MountOptions): Promise<AttachedMount>
}
