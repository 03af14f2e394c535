/** `parquet_list_datasets`: the datasets, or one of them in detail. */
import * as z from 'zod'
import { column, count, text, versionRecord } from '../../api/schemas.js'
import { datasetList, datasetVersions } from '../../operations/dataset-list.js'
import { datasetShow } from '../../operations/dataset-show.js'
import type { VersionRecord } from '../../datasets/dataset-record.js'
import { datasetName, datasetUri } from '../dataset-fields.js'
import { cursorInput, cursorOutput, page } from '../listing.js'
import { NOTICE, noticeField } from '../notice.js'
import { READING, tool, type ToolContext } from '../tool.js'

const listed = versionRecord.omit({ data: true }).extend({ name: text, uri: text })

export const parquetList = tool({
  name: 'parquet_list_datasets',
  title: 'List datasets',
  description:
    'Lists the datasets with the rows, bytes and CID of their newest versions. With `name`, lists the versions of one dataset, ' +
    'newest first, and the columns of the newest: look there before you write SQL for parquet_query_datasets.',
  input: z.strictObject({ name: datasetName.optional(), ...cursorInput }),
  output: z.object({
    notice: noticeField,
    datasets: z.array(listed).describe('One line for a dataset; with `name` one for a version.'),
    columns: z
      .array(column)
      .nullable()
      .describe('Columns of the newest version of the dataset that was named.'),
    total: count,
    ...cursorOutput
  }),
  annotations: READING,
  call: async ({ name, cursor, limit }, context) => {
    const all = name === undefined ? await newest(context) : await versionsOf(name, context)
    const { entries, next_cursor } = page(all, { cursor, limit })
    const columns = name === undefined ? null : await columnsOf(name, context)
    return {
      structured: {
        notice: NOTICE,
        datasets: [...entries],
        columns,
        total: all.length,
        next_cursor
      }
    }
  }
})

type Listed = z.input<typeof listed>

const line = (name: string, record: VersionRecord): Listed => {
  const { version, cid, rows, bytes, message, tags, created_at } = record
  const uri = datasetUri(name, version)
  return { name, version, cid, uri, rows, bytes, message, tags: [...tags], created_at }
}

async function newest({ services, run }: ToolContext): Promise<Listed[]> {
  const { datasets } = await datasetList(services, {}, run)
  return datasets.map((one) => line(one.name, one))
}

async function versionsOf(name: string, { services, run }: ToolContext): Promise<Listed[]> {
  const { versions } = await datasetVersions(services, { name }, run)
  return versions.map((one) => line(name, one))
}

async function columnsOf(
  name: string,
  { services, run }: ToolContext
): Promise<{ name: string; type: string }[]> {
  const { schema } = await datasetShow(services, { ref: name }, run)
  return schema.map(({ name, type }) => ({ name, type }))
}
