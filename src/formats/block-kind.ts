/** Kinds of blocks, and their description. */

/** The kind of a block by the codec with which it was added. */
export const Kind = {
  UNKNOWN: 0,
  /** Bytes of the raw codec. */
  RAW: 1,
  FILE: 2,
  DIRECTORY: 3,
  /** A shard of a HAMT directory, its root or one below. */
  HAMT: 4,
  SYMLINK: 5,
  /** Not UnixFS: shown as a file holding the block's bytes. */
  OPAQUE: 6,
  /** A damaged UnixFS node, which fails every use. */
  BROKEN: 7
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

/** The description of a block. */
export interface BlockMeta {
  readonly kind: Kind
  readonly size: number
  readonly mode?: number | undefined
  readonly mtime?: { readonly sec: number; readonly nsec: number } | undefined
  /** The store's id of the contiguous copy of the file. */
  readonly whole?: number
}
