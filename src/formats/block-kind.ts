/** What a block is to whoever reads it as content. */

/** What the block is when read by the codec it was added with. */
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
  /** Meant as UnixFS but unreadable: an error to whoever opens it. */
  BROKEN: 7
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

/** What a block is, as far as its adder knows. */
export interface BlockMeta {
  readonly kind: Kind
  readonly size: number
  readonly mode?: number | undefined
  readonly mtime?: { readonly sec: number; readonly nsec: number } | undefined
  /** The contiguous file that holds its bytes, by the store's number for it. */
  readonly whole?: number
}
