/** The driver port: what attaches the file system to the kernel. */
import type { HistogramReport } from '../core/histogram.js'
import type { NotReady } from '../core/not-ready.js'
import type { InodeTableMemory } from '../../vfs/inode-table.js'
import type { Vfs } from '../../vfs/vfs.js'

/**
 * How files are opened: `passthrough` lets the kernel read contiguous files by itself, `none`
 * lets it open without asking; `auto` is the first where it is allowed, else the second.
 */
export type OpenMode = 'auto' | 'passthrough' | 'none'

/** `raw` speaks the kernel's protocol itself; `fuse-native` goes by libfuse 2. */
export type DriverName = 'raw' | 'fuse-native'

/** How a mount looks to its users, and works. */
export interface MountOptions {
  readonly uid: number
  readonly gid: number
  /** Permission bits taken away. */
  readonly umask: number
  /** Whether other users may enter. */
  readonly allowOther: boolean
  /** Bytes of memory for tables, over all serving threads. */
  readonly memory: number
  readonly open: OpenMode
  readonly driver: DriverName
  /** How long a request may go without an answer; it then gets ETIMEDOUT. */
  readonly deadlineMs: number
}

/** A VFS, and what whoever serves it has to do for it. */
export interface ServedVfs {
  readonly vfs: Vfs
  /** Runs ahead of every piece of work, to take up what changed. @returns whether it did. */
  readonly refresh: () => boolean
  /** A file of the store's file system, and how deep file systems may be stacked there. */
  readonly probe: { readonly path: string; readonly depth: number }
  /** Have prepared, elsewhere, what the VFS was not ready for. */
  readonly prepare: (need: NotReady, signal: AbortSignal) => Promise<void>
}

/** Make a VFS over a table of inodes, for the thread that calls. */
export type OpenVfs = (inodes: InodeTableMemory, options: MountOptions) => ServedVfs

/** Requests of the kernel, by their names in lower case. */
export interface MountReport {
  readonly requests: Readonly<Record<string, number>>
  /** What the answers took. */
  readonly latency: HistogramReport
  /** Requests that wait for something to be prepared or fetched. */
  readonly waiting: number
}

export interface AttachedMount {
  /** What `open: auto` came to. */
  readonly open: Exclude<OpenMode, 'auto'>
  /** Resolves when the kernel has let go and no thread serves any more. */
  readonly done: Promise<void>
  /** What the kernel asked so far. */
  report(): MountReport
  /**
   * Unmount. A busy mount is detached when `force` is given, else it stays.
   * @throws BUSY is not a code of ours: EXISTS, naming the mount, when it is in use.
   */
  unmount(force: boolean): Promise<void>
}

export interface FuseDriver {
  readonly name: string
  /** Attach at an existing, empty folder; resolves when requests are answered. */
  mount(path: string, options: MountOptions): Promise<AttachedMount>
}
