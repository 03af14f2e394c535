/** `dataset show`: shows what a version of a dataset is. */
import { formatSize } from '../../config/units.js'
import { Verbatim } from '../../core/snake-case.js'
import { datasetShow } from '../../operations/dataset-show.js'
import type { Context } from '../context.js'
import { counted } from '../counted.js'
import { table } from '../table.js'

export async function run(context: Context): Promise<void> {
  const shown = await datasetShow(context.services, { ref: context.args[0]! }, context.run)
  if (context.json) return context.answer({ ...shown, metadata: new Verbatim(shown.metadata) })
  const { name, version, message, tags, metadata, parents, createdAt, partitionBy } = shown
  const lines = [
    ['dataset', version === null ? name : `${name}@v${version}`],
    ['cid', shown.cid],
    ['data', shown.data],
    ['rows', String(shown.rows)],
    ['size', `${formatSize(shown.bytes)} in ${counted(shown.parts.length, 'part')}`],
    ['writer', shown.writer],
    ...(createdAt === null ? [] : [['created', createdAt]]),
    ...(message === '' ? [] : [['message', message]]),
    ...(tags.length === 0 ? [] : [['tags', tags.join(', ')]]),
    ...(partitionBy.length === 0 ? [] : [['partitioned by', partitionBy.join(', ')]]),
    ...parents.map((parent) => ['parent', parent]),
    ...Object.entries(metadata).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]), // prettier-ignore
    ...table(shown.schema.map((column) => [column.name, column.type])).map((column, i) => [i === 0 ? 'columns' : '', column]) // prettier-ignore
  ]
  for (const line of table(lines)) context.print(line.trimEnd())
}
