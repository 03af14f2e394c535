/** Describes a block from its bytes, once, when it enters the store. */
import { DAG_PB, RAW } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { Kind, type BlockMeta } from './block-kind.js'
import { decodePb, type PbNode } from './dag-pb.js'
import {
  decodeUnixFs,
  UNIXFS_DIRECTORY,
  UNIXFS_FILE,
  UNIXFS_HAMT,
  UNIXFS_RAW,
  UNIXFS_SYMLINK,
  type UnixFs
} from './unixfs.js'

/** Describes a block by the codec of its CID. It never throws: damage is a kind. */
export function describeBlock(codec: number, block: Uint8Array): BlockMeta {
  if (codec === RAW) return { kind: Kind.RAW, size: block.length }
  if (codec !== DAG_PB) return { kind: Kind.OPAQUE, size: block.length }
  let node: PbNode
  let unixfs: UnixFs
  try {
    node = decodePb(block)
    if (node.data === undefined) return { kind: Kind.OPAQUE, size: block.length }
    unixfs = decodeUnixFs(node.data)
  } catch (error) {
    if (!(error instanceof KitError)) throw error
    return looksLikeUnixFs(block)
      ? { kind: Kind.BROKEN, size: 0 }
      : { kind: Kind.OPAQUE, size: block.length }
  }
  return describeUnixFs(unixfs, block.length)
}

/** Returns whether an unreadable node was meant as UnixFS: its data begins with a type field. */
function looksLikeUnixFs(block: Uint8Array): boolean {
  try {
    return decodePb(block).data?.[0] === 0x08
  } catch {
    return true
  }
}

function describeUnixFs(unixfs: UnixFs, blockLength: number): BlockMeta {
  const { mode, mtime } = unixfs
  const dataLength = unixfs.data?.length ?? 0
  switch (unixfs.type) {
    case UNIXFS_RAW:
    case UNIXFS_FILE:
      return { kind: Kind.FILE, size: claimedSize(unixfs), mode, mtime }
    case UNIXFS_DIRECTORY:
      return { kind: Kind.DIRECTORY, size: 0, mode, mtime }
    case UNIXFS_HAMT:
      return { kind: Kind.HAMT, size: 0, mode, mtime }
    case UNIXFS_SYMLINK:
      return { kind: Kind.SYMLINK, size: dataLength, mode, mtime }
    default:
      return { kind: Kind.OPAQUE, size: blockLength }
  }
}

/** Returns the size that a file node claims; reads check it (chunk-table.ts). */
function claimedSize(unixfs: UnixFs): number {
  if (unixfs.fileSize !== undefined) return unixfs.fileSize
  let size = unixfs.data?.length ?? 0
  for (const part of unixfs.blockSizes) size += part
  return size
}
