/** `dataset get`: writes the rows of a version to stdout or a file. */
import { KitError } from '../../core/errors.js'
import { Verbatim } from '../../core/snake-case.js'
import {
  datasetGet,
  datasetRows,
  datasetStream,
  type DatasetGetRequest,
  type OutputFormat
} from '../../operations/dataset-get.js'
import { datasetMap } from '../../operations/dataset-map.js'
import { flagOf, valueOf, type Context } from '../context.js'
import { countFrom, namesFrom } from '../values.js'

/** Most rows of a JSON document; more go to a file. */
const MAX_JSON_ROWS = 100_000

export async function run(context: Context): Promise<void> {
  const { services } = context
  const output = valueOf(context, 'output')
  const request = {
    ref: context.args[0]!,
    columns: namesFrom(context, 'columns'),
    where: valueOf(context, 'where'),
    limit: countFrom(context, 'limit'),
    format: valueOf(context, 'format') as OutputFormat | undefined
  }
  if (flagOf(context, 'mmap')) return await map(context, request)
  if (output !== undefined) {
    const got = await datasetGet(services, { ...request, output }, context.run)
    return context.json ? context.answer(got) : context.print(got.output)
  }
  if (context.json) {
    const found = await datasetRows(services, { ...request, maxRows: MAX_JSON_ROWS }, context.run)
    return context.answer({ ...found, rows: new Verbatim(found.rows) })
  }
  if (process.stdout.isTTY && ['parquet', 'arrow', undefined].includes(request.format))
    throw new KitError('USAGE', 'Parquet is not for a terminal; give -o FILE, or --format csv')
  for await (const piece of datasetStream(services, request, context.run)) await context.write(piece) // prettier-ignore
}

/** Tells where the Arrow file of a version is. @throws USAGE for what chooses some of it. */
async function map(context: Context, request: DatasetGetRequest): Promise<void> {
  const { ref, columns, where, limit, format = 'arrow' } = request
  const isWhole = columns === undefined && where === undefined && limit === undefined
  if (!isWhole || format !== 'arrow' || valueOf(context, 'output') !== undefined)
    throw new KitError('USAGE', '--mmap is of a whole version as Arrow; what is chosen of it goes to a file: --format arrow -o FILE') // prettier-ignore
  const mapped = await datasetMap(context.services, { ref }, context.run)
  if (context.json) context.answer(mapped)
  else context.print(mapped.output)
}
