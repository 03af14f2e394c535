import { z } from 'zod'
import { Verbatim } from '../../core/snake-case.js'
import { datasetAdopt } from '../../operations/dataset-adopt.js'
import { datasetDiff } from '../../operations/dataset-diff.js'
import { datasetRows } from '../../operations/dataset-get.js'
import { datasetList, datasetVersions } from '../../operations/dataset-list.js'
import { datasetPut } from '../../operations/dataset-put.js'
import { datasetRemove } from '../../operations/dataset-remove.js'
import { datasetShow, type ShownVersion } from '../../operations/dataset-show.js'
import { inArea } from '../api-operation.js'
import { pageOf } from '../page.js'
import {
  anything,
  bytes,
  cid,
  cidPath,
  column,
  count,
  cursor,
  datasetName as name,
  datasetRef as ref,
  inputFormat,
  limit,
  localPath,
  madeVersion,
  names,
  nextCursor,
  text,
  value,
  versionRecord
} from '../schemas.js'

const operation = inArea('datasets')

const version = z.object({
  name: text,
  version: z.int().nullable(),
  cid,
  data: text,
  writer: text,
  parents: z.array(cid),
  schema: z.array(column),
  partition_by: z.array(text),
  rows: count,
  bytes,
  message: text,
  tags: z.array(text),
  metadata: anything,
  created_at: text.nullable(),
  parts: z.array(z.looseObject({ path: text, rows: count, bytes, cid }))
})

const shown = (found: ShownVersion): object => ({
  ...found,
  metadata: new Verbatim(found.metadata),
  parts: found.parts.map(({ statistics, ...part }) => ({ ...part, statistics: new Verbatim(statistics) })) // prettier-ignore
})

/** Rows of a page. */
const STANDARD_ROWS = 1000

export const datasetOperations = [
  operation({
    name: 'dataset ls',
    method: 'GET',
    path: '/datasets',
    title: 'List datasets',
    description: 'Lists datasets page by page, each with its newest version.',
    input: z.strictObject({ limit: limit.optional(), cursor: cursor.optional() }),
    result: z.object({
      datasets: z.array(z.looseObject({ name, ...versionRecord.shape, versions: count })),
      next_cursor: nextCursor
    }),
    call: async ({ services, run }, request) => {
      const { datasets } = await datasetList(services, {}, run)
      const { entries, nextCursor } = pageOf(datasets, request)
      return { datasets: entries, nextCursor }
    }
  }),
  operation({
    name: 'dataset show',
    method: 'GET',
    path: '/datasets/{ref}',
    title: 'Show a version of a dataset',
    description: 'Shows schema, rows, parts, parents and metadata.',
    input: z.strictObject({ ref }),
    result: version,
    call: async ({ services, run }, input) => shown(await datasetShow(services, input, run))
  }),
  operation({
    name: 'dataset versions',
    method: 'GET',
    path: '/datasets/{ref}/versions',
    title: 'List the versions of a dataset',
    description: 'Lists the versions of a name that this home knows, the oldest first.',
    input: z.strictObject({ ref: name }),
    result: z.object({ name, versions: z.array(z.looseObject(versionRecord.shape)) }),
    call: ({ services, run }, { ref }) => datasetVersions(services, { name: ref }, run)
  }),
  operation({
    name: 'dataset put',
    method: 'POST',
    path: '/datasets',
    title: 'Make a version from files of this machine',
    description:
      'Makes a version of the rows of CSV, JSON, NDJSON, Parquet or Arrow files, by their absolute paths. Bytes are uploaded to `/api/v1/datasets/upload`.',
    input: z.strictObject({
      name,
      paths: z.array(localPath).min(1),
      input_format: inputFormat.optional(),
      partition_by: names.optional(),
      key: names.optional(),
      tags: z.array(z.string()).optional(),
      message: z.string().optional()
    }),
    result: madeVersion,
    isLong: true,
    call: ({ services, run }, { name, paths, input_format, partition_by, key, tags, message }) =>
      datasetPut(
        services,
        {
          name,
          sources: paths,
          inputFormat: input_format,
          message,
          ...(partition_by === undefined ? {} : { partitionBy: partition_by }),
          ...(key === undefined ? {} : { key }),
          ...(tags === undefined ? {} : { tags })
        },
        run
      )
  }),
  operation({
    name: 'dataset adopt',
    method: 'POST',
    path: '/datasets/adopt',
    title: 'Make a version of content that is here',
    description: 'Makes a version of a Parquet file or a folder of them, without copying.',
    input: z.strictObject({ name, path: cidPath, message: z.string().optional() }),
    result: madeVersion,
    isLong: true,
    call: ({ services, run }, request) => datasetAdopt(services, request, run)
  }),
  operation({
    name: 'dataset rows',
    method: 'GET',
    path: '/datasets/{ref}/rows',
    title: 'Read rows of a dataset',
    description:
      'Returns rows as lists of values. Files are downloaded from `/api/v1/datasets/{ref}/download`.',
    input: z.strictObject({
      ref,
      column: z.array(z.string()).optional(),
      where: z.string().optional().meta({ description: 'A condition in SQL' }),
      limit: limit.optional()
    }),
    result: z.object({
      columns: z.array(column),
      rows: z.array(z.array(value)),
      truncated: z.boolean(),
      count
    }),
    call: async ({ services, run }, { ref, column: columns, where, limit = STANDARD_ROWS }) => {
      const found = await datasetRows(services, { ref, columns, where, maxRows: limit }, run)
      return { ...found, rows: new Verbatim(found.rows) }
    }
  }),
  operation({
    name: 'dataset diff',
    method: 'GET',
    path: '/datasets/{ref}/diff',
    title: 'Compare two versions',
    description: 'Counts rows that were added, removed and changed, and shows some of them.',
    input: z.strictObject({
      ref,
      to: ref.optional(),
      key: z.array(z.string()).optional(),
      limit: limit.optional()
    }),
    result: z.looseObject({ from: text, to: text, added: count, removed: count, changed: count }),
    call: async ({ services, run }, { ref: from, ...rest }) => {
      const { rows, ...diff } = await datasetDiff(services, { from, ...rest }, run)
      return { ...diff, rows: new Verbatim(rows) }
    }
  }),
  operation({
    name: 'dataset rm',
    method: 'DELETE',
    path: '/datasets/{ref}',
    title: 'Forget a dataset or a version',
    description: 'Forgets it here; its content stays until garbage collection.',
    input: z.strictObject({ ref }),
    result: z.object({
      name,
      removed: z.array(z.object({ version: z.int(), cid })),
      left: count
    }),
    call: ({ services, run }, input) => datasetRemove(services, input, run)
  })
]
