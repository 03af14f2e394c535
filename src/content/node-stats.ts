/** The stat of a CID: from the record of its block where that suffices, else from the block. */
import { DAG_PB, RAW, unsupportedHash, unusable, type Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { hashFor } from '../core/hash.js'
import type { NodeStat } from '../core/node-stat.js'
import { NotReady } from '../core/not-ready.js'
import { Kind } from '../formats/block-kind.js'
import { describeBlock, fileBehind } from '../formats/describe-block.js'
import type { BlockRecord, BlockSource } from '../store/ports.js'

/** Most nodes of metadata around one file. */
export const MAX_METADATA = 16

export interface ContentStat extends NodeStat {
  readonly kind: Kind
  /** The file whose bytes a node of metadata shows. */
  readonly file?: Cid
}

export class NodeStats {
  readonly #blocks: BlockSource

  constructor(blocks: BlockSource) {
    this.#blocks = blocks
  }

  /**
   * Returns type, size and metadata of a CID, from the index alone if it has them.
   * @throws BLOCK_NOT_FOUND; CORRUPT_FORMAT for a damaged node.
   */
  stat(cid: Cid): ContentStat {
    return this.#statOf(cid, cid.isIdentity ? undefined : this.#blocks.find(cid.key))
  }

  /** Returns `stat` if it succeeds locally; undefined if blocks must be fetched, or if it fails. */
  known(cid: Cid): ContentStat | undefined {
    const record = cid.isIdentity ? undefined : this.#blocks.find(cid.key)
    if (record === undefined && !cid.isIdentity) return undefined
    try {
      return this.#statOf(cid, record)
    } catch (error) {
      if (isKitError(error) || error instanceof NotReady) return undefined
      throw error
    }
  }

  /**
   * Returns the stat of a part. A missing one throws even if it could be read from a foreign
   * repository: the range is then fetched with its neighbours at once.
   */
  partStat(cid: Cid): ContentStat {
    const record = cid.isIdentity ? undefined : this.#blocks.find(cid.key)
    if (record === undefined && !cid.isIdentity) throw this.#blocks.missing(cid)
    return this.#statOf(cid, record)
  }

  #statOf(cid: Cid, record: BlockRecord | undefined, depth = 0): ContentStat {
    if (record === undefined && cid.flaw !== undefined) throw unusable(cid)
    if (record === undefined && hashFor(cid.hashCode) === undefined) throw unsupportedHash(cid)
    const known = record !== undefined && coversCodec(record, cid.codec)
    const meta = known ? metaOf(record) : this.#describe(cid, record, depth)
    if (meta.kind === Kind.BROKEN)
      throw new KitError('CORRUPT_FORMAT', `${cid} is a damaged UnixFS node`)
    return meta
  }

  #describe(cid: Cid, record: BlockRecord | undefined, depth: number): ContentStat {
    if (record !== undefined && cid.codec !== DAG_PB)
      return statOf(cid.codec === RAW ? Kind.RAW : Kind.OPAQUE, this.#blocks.blockLength(record))
    const block = this.#blocks.get(cid)
    const meta = describeBlock(cid.codec, block)
    const file = meta.kind === Kind.OPAQUE ? fileBehind(cid, block) : undefined
    const shown = file === undefined ? undefined : this.#statBehind(file, depth + 1)
    return shown ?? { ...statOf(meta.kind, meta.size), mode: meta.mode, mtime: meta.mtime }
  }

  /** Returns the stat of what a node of metadata is about; undefined for what is no file. */
  #statBehind(file: Cid, depth: number): ContentStat | undefined {
    if (depth > MAX_METADATA) return undefined
    const stat = this.#statOf(
      file,
      file.isIdentity ? undefined : this.#blocks.find(file.key),
      depth
    )
    if (stat.kind !== Kind.FILE && stat.kind !== Kind.RAW) return undefined
    return { ...stat, kind: Kind.FILE, file: stat.file ?? file }
  }
}

/**
 * Returns whether a record's kind holds for the codec by which the block is requested. A dag-pb node
 * that is no UnixFS, and one that claims no bytes, are looked at anew: older versions took some of
 * them for what they are not.
 */
function coversCodec(record: BlockRecord, codec: number): boolean {
  if (record.codec !== codec || record.kind === Kind.UNKNOWN) return false
  if (codec !== DAG_PB || record.framed || record.whole !== 0) return true
  return record.kind !== Kind.OPAQUE && (record.kind !== Kind.FILE || record.size > 0)
}

const TYPES: Readonly<Record<Kind, NodeStat['type']>> = {
  [Kind.UNKNOWN]: 'file',
  [Kind.RAW]: 'file',
  [Kind.FILE]: 'file',
  [Kind.DIRECTORY]: 'directory',
  [Kind.HAMT]: 'directory',
  [Kind.SYMLINK]: 'symlink',
  [Kind.OPAQUE]: 'file',
  [Kind.BROKEN]: 'file'
}

const statOf = (kind: Kind, size: number): ContentStat => ({
  type: TYPES[kind],
  kind,
  size,
  mode: undefined,
  mtime: undefined
})

const metaOf = (record: BlockRecord): ContentStat => ({
  type: TYPES[record.kind],
  kind: record.kind,
  size: record.size,
  mode: record.mode,
  mtime:
    record.mtimeSec === undefined ? undefined : { sec: record.mtimeSec, nsec: record.mtimeNsec }
})
