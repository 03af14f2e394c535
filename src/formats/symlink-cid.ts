/** Symlinks as identity CIDs, which every thread can read without a store. */
import { Cid, DAG_PB } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { IDENTITY, MAX_IDENTITY } from '../core/hash.js'
import { encodePb } from './dag-pb.js'
import { encodeUnixFs, UNIXFS_SYMLINK } from './unixfs.js'

/** Returns the CID of a symlink. @throws NAME_TOO_LONG for a target over some 120 bytes. */
export function symlinkCid(target: Uint8Array): Cid {
  const data = encodeUnixFs({ type: UNIXFS_SYMLINK, data: target, blockSizes: [] })
  const node = encodePb([], data)
  if (node.length > MAX_IDENTITY)
    throw new KitError('NAME_TOO_LONG', `a link of ${target.length} bytes is too long for a CID`)
  return Cid.v1(DAG_PB, IDENTITY, node)
}
