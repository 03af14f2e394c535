/**
 * The blocks of a version in dag-cbor: the version itself, which links to its parents, its data and its
 * lists of parts, and those lists. FORMAT.md has the fields.
 */
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { Cid, DAG_CBOR } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { SHA2_256, sha256 } from '../core/hash.js'
import { decodeValue } from '../formats/ipld-value.js'
import { typeText } from '../query/type-text.js'
import { BlockFields } from './block-fields.js'
import { VERSION_FORMAT } from './format.js'
import type { ColumnStatistics } from './parquet-footer.js'

export interface Column {
  readonly name: string
  /** The type in DuckDB's words. */
  readonly type: string
}

/** What a version is about, beside its rows. */
export type Metadata = Readonly<Record<string, unknown>>

export interface Version {
  readonly name: string
  readonly writer: string
  readonly parents: readonly Cid[]
  readonly schema: readonly Column[]
  readonly partitionBy: readonly string[]
  readonly rows: number
  /** Bytes of all parts. */
  readonly bytes: number
  /** A folder of UnixFS. */
  readonly data: Cid
  /** Lists of parts. */
  readonly parts: readonly Cid[]
  readonly message: string
  readonly tags: readonly string[]
  readonly metadata: Metadata
}

/** A Parquet file of a version, in the order of rows. */
export interface PartRecord {
  readonly cid: Cid
  /** The file of the data folder that it is a part of. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  /** Bytes of its blocks, as a link to it says. */
  readonly tsize: number
  readonly statistics: readonly ColumnStatistics[]
}

export interface EncodedBlock {
  readonly cid: Cid
  readonly bytes: Uint8Array
}

/** Parts in one block, which stays far below the 1 MiB that other nodes accept. */
export const PARTS_PER_BLOCK = 64

const link = (cid: Cid): CID => CID.decode(cid.bytes)

function encode(value: unknown): EncodedBlock {
  const bytes = dagCbor.encode(value)
  return { cid: Cid.v1(DAG_CBOR, SHA2_256, sha256(bytes)), bytes }
}

export const encodeVersion = (version: Version): EncodedBlock =>
  encode({
    ...version,
    format: VERSION_FORMAT,
    parents: version.parents.map(link),
    data: link(version.data),
    parts: version.parts.map(link)
  })

export const encodeParts = (parts: readonly PartRecord[]): EncodedBlock =>
  encode(parts.map((part) => ({ ...part, cid: link(part.cid) })))

/** @throws CORRUPT_FORMAT for a block that is no version of a dataset. */
export function decodeVersion(cid: Cid, bytes: Uint8Array): Version {
  const value = valueOf(cid, bytes)
  if ((value as { readonly format?: unknown } | null)?.format !== VERSION_FORMAT)
    throw new KitError('CORRUPT_FORMAT', `${cid} is no version of a dataset (${VERSION_FORMAT})`)
  const fields = new BlockFields(cid, value)
  const schema = fields.items('schema').map((one) => ({ name: one.text('name'), type: one.text('type') })) // prettier-ignore
  for (const { type } of schema) typeText(type)
  const partitionBy = fields.texts('partitionBy')
  for (const name of partitionBy)
    if (!schema.some((one) => one.name === name)) throw fields.wrong(`has no column ${name} that it is partitioned by`) // prettier-ignore
  return {
    name: fields.text('name'),
    writer: fields.text('writer'),
    parents: fields.links('parents'),
    schema,
    partitionBy,
    rows: fields.count('rows'),
    bytes: fields.count('bytes'),
    data: fields.link('data'),
    parts: fields.links('parts'),
    message: fields.text('message'),
    tags: fields.texts('tags'),
    metadata: fields.map('metadata')
  }
}

/** Returns the bytes of all parts of a version; undefined for a block that is none. */
export function bytesOfVersion(cid: Cid, block: Uint8Array): number | undefined {
  const value = valueOf(cid, block) as {
    readonly format?: unknown
    readonly bytes?: unknown
  } | null
  if (value?.format !== VERSION_FORMAT) return undefined
  return Number.isSafeInteger(value.bytes) ? (value.bytes as number) : undefined
}

/** @throws CORRUPT_FORMAT. */
export function decodeParts(cid: Cid, bytes: Uint8Array): PartRecord[] {
  const value = valueOf(cid, bytes)
  if (!Array.isArray(value)) throw new KitError('CORRUPT_FORMAT', `${cid} is no list of parts`)
  return new BlockFields(cid, { parts: value as readonly unknown[] })
    .items('parts')
    .map((part) => ({
      cid: part.link('cid'),
      path: pathIn(part),
      rows: part.count('rows'),
      bytes: part.count('bytes'),
      tsize: part.count('tsize'),
      statistics: part.items('statistics').map((one) => {
        const name = one.text('name')
        return one.has('nulls') ? { name, nulls: one.count('nulls') } : { name }
      })
    }))
}

/** Returns the path of a part, which leads down and nowhere else. */
function pathIn(part: BlockFields): string {
  const path = part.text('path')
  for (const name of path.split('/'))
    if (['', '.', '..'].includes(name)) throw part.wrong(`has a part of the path ${JSON.stringify(path)}, which is none`) // prettier-ignore
  return path
}

const valueOf = (cid: Cid, bytes: Uint8Array): unknown => {
  if (cid.codec !== DAG_CBOR) throw new KitError('CORRUPT_FORMAT', `${cid} is no version of a dataset`) // prettier-ignore
  return decodeValue(DAG_CBOR, bytes)
}
