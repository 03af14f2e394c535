/**
 * The index as other nodes get it: a block of dag-cbor that links to Parquet files, each with what a reader can check it by.
 * The same records give the same block. Layout in FORMAT.md.
 */
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { Cid, DAG_CBOR } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { SHA2_256, sha256 } from '../core/hash.js'
import { list, oneOf, record, text, whole, type Shape } from '../core/shape.js'
import { asLink, decodeValue } from '../formats/ipld-value.js'
import { MAX_ROWS } from './index-files.js'
import { NODE_ID } from './node-id.js'
import { ROLES, type Role } from './role.js'

export const PUBLICATION_FORMAT = 'ipfs-kit-index/1'
/** Most bytes of the block, which other nodes of IPFS accept, and most partitions, which fit into it. */
export const MAX_ROOT = 1 << 20
const MAX_PARTITIONS = 2000
/** Most bytes of a partition that is taken from another node. */
export const MAX_PARTITION = 1 << 30

export interface PartitionStatistics {
  readonly rows: number
  /** The first CID and the last one: rows are sorted by them. */
  readonly min: string
  readonly max: string
  /** Stamps of the oldest and the newest record, ms since 1970. */
  readonly oldest: number
  readonly newest: number
  /** The sum of `size_bytes`, where there is one. */
  readonly content_bytes: number
}

export interface PublishedPartition extends PartitionStatistics {
  /** A file of UnixFS by the profile `unixfs-v1-2025`. */
  readonly cid: Cid
  readonly bytes: number
  /** Bytes of its blocks, as a link to it says. */
  readonly tsize: number
}

export interface Publication {
  readonly node: string
  readonly role: Role
  /** The newest stamp of all records, ms since 1970. */
  readonly updated_at: number
  readonly rows: number
  /** In the order of their CIDs. */
  readonly partitions: readonly PublishedPartition[]
}

/** CIDs are sorted as bytes. */
export const isBefore = (a: string, b: string): boolean =>
  Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0

/** @throws TOO_LARGE. */
export function encodePublication(publication: Publication): {
  readonly cid: Cid
  readonly bytes: Uint8Array
} {
  // prettier-ignore
  const partitions = publication.partitions.map((one) => ({ ...one, cid: CID.decode(one.cid.bytes) })) // prettier-ignore
  if (partitions.length > MAX_PARTITIONS)
    throw new KitError('TOO_LARGE', `an index of ${partitions.length} partitions cannot be published, only one of ${MAX_PARTITIONS}`) // prettier-ignore
  const bytes = dagCbor.encode({ ...publication, format: PUBLICATION_FORMAT, partitions })
  return { cid: Cid.v1(DAG_CBOR, SHA2_256, sha256(bytes)), bytes }
}

const link: Shape<Cid> = (value, at) => {
  const cid = asLink(value)
  if (cid === undefined) throw new KitError('INVALID_ARGUMENT', `${at} must be a link`)
  return cid
}

const nodeId: Shape<string> = (value, at) => {
  if (typeof value === 'string' && NODE_ID.test(value)) return value
  throw new KitError('INVALID_ARGUMENT', `${at} must be the id of a node`)
}

const shape = record<Publication & { readonly format: string }>({
  format: oneOf(PUBLICATION_FORMAT),
  node: nodeId,
  role: oneOf(...ROLES),
  updated_at: whole(-8.64e15, 8.64e15),
  rows: whole(0),
  partitions: list(
    record<PublishedPartition>({
      cid: link,
      bytes: whole(0, MAX_PARTITION),
      tsize: whole(0),
      rows: whole(1, MAX_ROWS),
      min: text,
      max: text,
      oldest: whole(-8.64e15, 8.64e15),
      newest: whole(-8.64e15, 8.64e15),
      content_bytes: whole(0)
    })
  )
})

/** @throws CORRUPT_FORMAT saying what is wrong. */
export function decodePublication(cid: Cid, bytes: Uint8Array): Publication {
  if (cid.codec !== DAG_CBOR || bytes.length > MAX_ROOT) throw noPublication(cid, 'it is no such block') // prettier-ignore
  const value = checked(cid, () => shape(decodeValue(DAG_CBOR, bytes), 'it'))
  const { format: _, ...publication } = value
  checked(cid, () => checkOrder(publication))
  return publication
}

function checked<T>(cid: Cid, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw noPublication(cid, (error as Error).message, error)
  }
}

function checkOrder({ partitions, rows, updated_at }: Publication): void {
  if (partitions.length > MAX_PARTITIONS) throw new Error('it has too many partitions')
  let last = ''
  let [sum, newest] = [0, 0]
  for (const one of partitions) {
    if (!isBefore(last, one.min) || isBefore(one.max, one.min))
      throw new Error('its partitions are not in order')
    last = one.max
    sum += one.rows
    newest = Math.max(newest, one.newest)
  }
  if (sum !== rows) throw new Error(`its partitions have ${sum} records where it says ${rows}`)
  if (newest !== updated_at && rows > 0) throw new Error('its time is not that of its newest record') // prettier-ignore
}

const noPublication = (cid: Cid, reason: string, cause?: unknown): KitError =>
  new KitError('CORRUPT_FORMAT', `${cid} is no published index (${PUBLICATION_FORMAT}): ${reason}`, { cause }) // prettier-ignore
