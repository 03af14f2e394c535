/** Encodes nodes, hashes them and hands them to the sink: the one place where CIDs are made. */
import { Cid, DAG_PB, RAW } from '../core/cid.js'
import { SHA2_256, sha256 } from '../core/hash.js'
import { EMPTY } from '../core/bytes.js'
import { Kind, type BlockMeta } from '../formats/block-kind.js'
import { encodePb, type PbLink } from '../formats/dag-pb.js'
import type { BlockSink } from '../store/ports.js'
import type { Profile } from './profile.js'
import { encodeUnixFs, UNIXFS_FILE, UNIXFS_SYMLINK, type Metadata } from '../formats/unixfs.js'

/** A finished part of a DAG, as its parent links to it. */
export interface Added {
  readonly cid: Cid
  /** Bytes of the DAG below and including it, repeats counted: the parent's Tsize. */
  readonly tsize: number
  /** Size of the file, or of a symlink's target; 0 for a directory. */
  readonly size: number
  readonly kind: Kind
}

/** Raw leaves of a whole file lie in a contiguous file of the store from `offset` on. */
export interface LeafPlace {
  readonly id: number
  readonly offset: number
}

export class NodeWriter {
  readonly sink: BlockSink
  readonly profile: Profile

  constructor(sink: BlockSink, profile: Profile) {
    this.sink = sink
    this.profile = profile
  }

  /** Encode, hash and store one dag-pb node. */
  node(links: readonly PbLink[], data: Uint8Array, meta: BlockMeta): Added {
    const block = encodePb(links, data)
    const digest = sha256(block)
    const cid = this.profile.cidVersion === 0 ? Cid.v0(digest) : Cid.v1(DAG_PB, SHA2_256, digest)
    this.sink.put(cid, block, meta)
    let tsize = block.length
    for (const link of links) tsize += link.tsize
    return { cid, tsize, size: meta.size, kind: meta.kind }
  }

  /** One leaf of a file, or a whole small file without metadata. */
  leaf(bytes: Uint8Array, place?: LeafPlace): Added {
    if (!this.profile.rawLeaves) return this.#framedLeaf(bytes, place)
    const cid = Cid.v1(RAW, SHA2_256, sha256(bytes))
    const size = bytes.length
    if (place === undefined) this.sink.put(cid, bytes, { kind: Kind.RAW, size })
    else this.sink.putLeaf(cid, place.id, place.offset, size, false)
    return { cid, tsize: size, size, kind: Kind.RAW }
  }

  #framedLeaf(bytes: Uint8Array, place?: LeafPlace): Added {
    if (place === undefined) return this.inlineFile(bytes, {})
    const data = encodeUnixFs({
      type: UNIXFS_FILE,
      data: bytes,
      fileSize: bytes.length,
      blockSizes: []
    })
    const block = encodePb([], data)
    const cid = Cid.v0(sha256(block))
    this.sink.putLeaf(cid, place.id, place.offset, bytes.length, true)
    return { cid, tsize: block.length, size: bytes.length, kind: Kind.FILE }
  }

  /** A file whose bytes lie in its one dag-pb node: where a raw leaf has no place for metadata. */
  inlineFile(bytes: Uint8Array, metadata: Metadata): Added {
    const data = encodeUnixFs({
      type: UNIXFS_FILE,
      data: bytes.length === 0 ? undefined : bytes,
      fileSize: bytes.length,
      blockSizes: [],
      ...metadata
    })
    return this.node([], data, { kind: Kind.FILE, size: bytes.length, ...metadata })
  }

  /** A node of a file over several parts. */
  fileNode(parts: readonly Added[], metadata: Metadata, whole?: number): Added {
    let size = 0
    for (const part of parts) size += part.size
    const data = encodeUnixFs({
      type: UNIXFS_FILE,
      fileSize: size,
      blockSizes: parts.map((part) => part.size),
      ...metadata
    })
    const links = parts.map(({ cid, tsize }) => ({ name: EMPTY, cid: cid.bytes, tsize }))
    const meta: BlockMeta = { kind: Kind.FILE, size, ...metadata }
    return this.node(links, data, whole === undefined ? meta : { ...meta, whole })
  }

  symlink(target: Uint8Array, metadata: Metadata): Added {
    const data = encodeUnixFs({
      type: UNIXFS_SYMLINK,
      data: target,
      blockSizes: [],
      ...metadata
    })
    return this.node([], data, { kind: Kind.SYMLINK, size: target.length, ...metadata })
  }
}
