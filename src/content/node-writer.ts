/** Encodes nodes, computes their CIDs and puts them into the sink. */
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
  /** Bytes of the DAG from here down, repeats counted: the Tsize of the parent's link. */
  readonly tsize: number
  /** Size of the file, or of a symlink's target; 0 for a directory. */
  readonly size: number
  readonly kind: Kind
}

/** The place of a leaf in a contiguous file of the store. */
export interface LeafPlace {
  readonly id: number
  readonly offset: number
}

/** The writer of nodes by one profile. */
export class NodeWriter {
  readonly sink: BlockSink
  readonly profile: Profile

  constructor(sink: BlockSink, profile: Profile) {
    this.sink = sink
    this.profile = profile
  }

  /** Encodes, hashes and stores a dag-pb node. */
  node(links: readonly PbLink[], data: Uint8Array, meta: BlockMeta): Added {
    const block = encodePb(links, data)
    const cid = this.#cidOf(block)
    this.sink.put(cid, block, meta)
    let tsize = block.length
    for (const link of links) tsize += link.tsize
    return { cid, tsize, size: meta.size, kind: meta.kind }
  }

  /** Returns the CID of a dag-pb node. */
  #cidOf(block: Uint8Array): Cid {
    const digest = sha256(block)
    return this.profile.cidVersion === 0 ? Cid.v0(digest) : Cid.v1(DAG_PB, SHA2_256, digest)
  }

  /** Writes a leaf of a file, or a whole small file without metadata. */
  leaf(bytes: Uint8Array, place?: LeafPlace): Added {
    if (!this.profile.rawLeaves) return this.#framedLeaf(bytes, place)
    const cid = Cid.v1(RAW, SHA2_256, sha256(bytes))
    const size = bytes.length
    if (place === undefined) this.sink.put(cid, bytes, { kind: Kind.RAW, size })
    else this.sink.putLeaf(cid, place.id, place.offset, size, false)
    return { cid, tsize: size, size, kind: Kind.RAW }
  }

  /** Writes a leaf as a dag-pb node; at a place, only its payload is stored. */
  #framedLeaf(bytes: Uint8Array, place?: LeafPlace): Added {
    if (place === undefined) return this.inlineFile(bytes, {})
    const data = encodeUnixFs({
      type: UNIXFS_FILE,
      data: bytes,
      fileSize: bytes.length,
      blockSizes: []
    })
    const block = encodePb([], data)
    const cid = this.#cidOf(block)
    this.sink.putLeaf(cid, place.id, place.offset, bytes.length, true)
    return { cid, tsize: block.length, size: bytes.length, kind: Kind.FILE }
  }

  /** Writes a file as one dag-pb node that holds its bytes, since a raw leaf has no metadata. */
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

  /** Writes a node of a file over several parts. */
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
