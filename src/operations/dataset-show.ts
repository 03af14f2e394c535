/** Shows what a version of a dataset is. */
import type { Column, Metadata, PartRecord } from '../datasets/version-block.js'
import { findVersion, partsOf } from './dataset-versions.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface ShownVersion {
  readonly name: string
  /** Its number in this home; null for one that is known by its CID alone. */
  readonly version: number | null
  readonly cid: string
  readonly data: string
  readonly writer: string
  readonly parents: readonly string[]
  readonly schema: readonly Column[]
  readonly partitionBy: readonly string[]
  readonly rows: number
  /** Bytes of the Parquet files. */
  readonly bytes: number
  readonly message: string
  readonly tags: readonly string[]
  readonly metadata: Metadata
  readonly createdAt: string | null
  readonly parts: readonly ShownPart[]
}

export interface ShownPart extends Pick<PartRecord, 'path' | 'rows' | 'bytes' | 'statistics'> {
  readonly cid: string
}

/** @param request.ref `NAME[@VERSION]`, or the CID of a version. @throws as `findVersion`. */
export const datasetShow: Operation<{ readonly ref: string }, ShownVersion> = (
  services,
  { ref },
  run
) =>
  // prettier-ignore
  withContent(services, run, true, async (view) => {
    const { cid, record, version } = await findVersion(services.home, view, ref)
    const parts = await partsOf(view, version)
    const { name, writer, schema, partitionBy, rows, bytes, message, tags, metadata } = version
    return {
      name,
      writer,
      schema,
      partitionBy,
      rows,
      bytes,
      message,
      tags,
      metadata,
      version: record?.version ?? null,
      cid: String(cid),
      data: String(version.data),
      parents: version.parents.map(String),
      createdAt: record?.created_at ?? null,
      parts: parts.map((part) => ({ path: part.path, rows: part.rows, bytes: part.bytes, statistics: part.statistics, cid: String(part.cid) })) // prettier-ignore
    }
  })
