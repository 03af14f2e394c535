/** Describes a block from its bytes, once, when it enters the store. */
import { Cid, DAG_PB, RAW } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { Kind, type BlockMeta } from './block-kind.js'
import { chunkTable } from './chunk-table.js'
import { decodePb, linkCid, linkName, type PbNode } from './dag-pb.js'
import {
  decodeUnixFs,
  UNIXFS_DIRECTORY,
  UNIXFS_FILE,
  UNIXFS_HAMT,
  UNIXFS_METADATA,
  UNIXFS_RAW,
  UNIXFS_SYMLINK,
  type UnixFs
} from './unixfs.js'

/** The first byte of a UnixFS message, whatever follows it. */
const TYPE_TAG = 0x08

const BROKEN: BlockMeta = { kind: Kind.BROKEN, size: 0 }

/** Describes a block by the codec of its CID. It never throws: damage is a kind. */
export function describeBlock(codec: number, block: Uint8Array): BlockMeta {
  if (codec === RAW) return { kind: Kind.RAW, size: block.length }
  if (codec !== DAG_PB) return { kind: Kind.OPAQUE, size: block.length }
  const node = decodedNode(block)
  if (node === undefined) return BROKEN
  const { data } = node
  const unixfs = data === undefined ? undefined : decodedUnixFs(data)
  if (unixfs === undefined && data?.[0] === TYPE_TAG) return BROKEN
  const described = unixfs === undefined ? undefined : describeUnixFs(unixfs, block)
  return described ?? describePlain(node)
}

/** Describes a node that is not UnixFS: paths lead through its links where these have names. */
function describePlain(node: PbNode): BlockMeta {
  for (let i = 0; i < node.count; i++)
    if (linkName(node, i).length > 0) return { kind: Kind.DIRECTORY, size: 0 }
  return { kind: Kind.OPAQUE, size: node.bytes.length }
}

/** Returns undefined for a block that is no dag-pb. */
function decodedNode(block: Uint8Array): PbNode | undefined {
  try {
    return decodePb(block)
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}

/** Returns undefined for bytes that are no UnixFS message. */
function decodedUnixFs(data: Uint8Array): UnixFs | undefined {
  try {
    return decodeUnixFs(data)
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}

/**
 * Returns the file that a Metadata node is about, whose bytes are also those of the node; undefined
 * for any other block. @throws CORRUPT_FORMAT.
 */
export function fileBehind(cid: Cid, block: Uint8Array): Cid | undefined {
  if (cid.codec !== DAG_PB) return undefined
  const node = decodedNode(block)
  const unixfs = node?.data === undefined ? undefined : decodedUnixFs(node.data)
  if (node === undefined || unixfs?.type !== UNIXFS_METADATA || node.count === 0) return undefined
  return Cid.decode(linkCid(node, 0))
}

/** Returns undefined for a type that is none of a file system. */
function describeUnixFs(unixfs: UnixFs, block: Uint8Array): BlockMeta | undefined {
  const { mode, mtime } = unixfs
  const dataLength = unixfs.data?.length ?? 0
  switch (unixfs.type) {
    case UNIXFS_RAW:
    case UNIXFS_FILE: {
      const size = claimedSize(unixfs)
      // Nobody reads a file that claims to be empty, so its claim is checked here.
      return size === 0 && !isEmptyFile(block) ? BROKEN : { kind: Kind.FILE, size, mode, mtime }
    }
    case UNIXFS_DIRECTORY:
      return { kind: Kind.DIRECTORY, size: 0, mode, mtime }
    case UNIXFS_HAMT:
      return { kind: Kind.HAMT, size: 0, mode, mtime }
    case UNIXFS_SYMLINK:
      return { kind: Kind.SYMLINK, size: dataLength, mode, mtime }
    case UNIXFS_METADATA:
      return { kind: Kind.OPAQUE, size: block.length }
    default:
      return undefined
  }
}

function isEmptyFile(block: Uint8Array): boolean {
  try {
    return chunkTable('', block).size === 0
  } catch (error) {
    if (isKitError(error)) return false
    throw error
  }
}

/** Returns the size that a file node claims; reads check it (chunk-table.ts). */
function claimedSize(unixfs: UnixFs): number {
  if (unixfs.fileSize !== undefined) return unixfs.fileSize
  let size = unixfs.data?.length ?? 0
  for (const part of unixfs.blockSizes) size += part
  return size
}
