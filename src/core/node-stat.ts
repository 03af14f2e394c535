/** The stat of a node of a file system, shared by content, the trees of the mount and results. */

export type NodeType = 'file' | 'directory' | 'symlink'

/** A point in time as UnixFS 1.5 keeps it: whole seconds since 1970, and nanoseconds 0 … 999,999,999. */
export interface Mtime {
  readonly sec: number
  readonly nsec: number
}

export interface NodeStat {
  readonly type: NodeType
  /** Bytes of a file or of a symlink's target; ignored for a directory. */
  readonly size: number
  /** Permission bits; undefined for those that its type has by default. */
  readonly mode: number | undefined
  /** Undefined where the node has no time of its own. */
  readonly mtime: Mtime | undefined
}
