/** The driver port: what attaches the file system to the kernel. */

/**
 * How files are opened: `passthrough` lets the kernel read contiguous files by itself, `none`
 * lets it open without asking; `auto` is the first where it is allowed, else the second.
 */
export type OpenMode = 'auto' | 'passthrough' | 'none'

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
}

export interface AttachedMount {
  /** What `open: auto` came to. */
  readonly open: Exclude<OpenMode, 'auto'>
  /** Resolves when the kernel has let go and no thread serves any more. */
  readonly done: Promise<void>
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
