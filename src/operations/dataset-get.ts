/** Gives the rows of a version: as they are stored, or those that a filter chooses, in another format. */
import { createReadStream, existsSync, lstatSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { loadConfig } from '../config/config.js'
import { KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { renameToNew, temporaryBeside } from '../core/new-file.js'
import { removeTree } from '../core/remove-tree.js'
import type { SqlRows } from '../query/ports.js'
import { selectRows, writeRows, type RowChoice, type RowSource } from './dataset-rows.js'
import { findVersion } from './dataset-versions.js'
import { openDatasetWork } from './dataset-work.js'
import type { Operation } from './operation.js'
import { queryLimitsFrom } from './query-limits.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export const OUTPUT_FORMATS = ['parquet', 'csv', 'json', 'ndjson', 'arrow'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

export interface DatasetGetRequest extends RowChoice {
  /** `NAME[@VERSION]`, or the CID of a version. */
  readonly ref: string
  /** By default what the name of the output says, else Parquet. */
  readonly format?: OutputFormat | undefined
}

export interface DatasetGot {
  readonly cid: string
  /** The path that was made. */
  readonly output: string
  readonly rows: number
  readonly bytes: number
}

/**
 * Writes the rows to a new file, which gets its name when it is complete.
 * @throws EXISTS, PATH_NOT_FOUND, INVALID_ARGUMENT for a wrong condition, and as `findVersion`.
 */
export const datasetGet: Operation<
  DatasetGetRequest & { readonly output: string },
  DatasetGot
> = async (services, request, run) => {
  // prettier-ignore
  const output = resolve(request.output)
  const format = formatOf(request)
  if (ifPresent(() => lstatSync(output)) !== undefined)
    throw new KitError('EXISTS', `${request.output} exists already; choose another name with -o`)
  if (!existsSync(dirname(output)))
    throw new KitError('PATH_NOT_FOUND', `the folder ${dirname(output)} does not exist`)
  return await withRows(services, request.ref, run, async (source) => {
    const temporary = temporaryBeside(output)
    try {
      const rows = await writeRows(temporary, format, request, source)
      renameToNew(temporary, output)
      return { cid: String(source.found.cid), output, rows, bytes: lstatSync(output).size }
    } catch (error) {
      await removeTree(Buffer.from(temporary))
      throw error
    }
  })
}

/** Yields the rows as the bytes of a file, in pieces that belong to the caller. @throws as `datasetGet`. */
export async function* datasetStream(
  services: Services,
  request: DatasetGetRequest,
  run: Run
): AsyncGenerator<Uint8Array, void, undefined> {
  const opened = await openRows(services, request.ref, run)
  try {
    const file = join(opened.source.work.folder, 'result')
    await writeRows(file, formatOf(request), request, opened.source)
    yield* createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>
  } finally {
    await opened.close()
  }
}

/** Returns rows as values, at most `maxRows`. @throws as `datasetGet`. */
export const datasetRows: Operation<DatasetGetRequest & { readonly maxRows: number }, SqlRows> = (
  services,
  request,
  run
) =>
  // prettier-ignore
  withRows(services, request.ref, run, (source) =>
    selectRows(request, { maxRows: request.maxRows }, source)
  )

async function openRows(
  services: Services,
  ref: string,
  run: Run
): Promise<{ readonly source: RowSource; readonly close: () => Promise<void> }> {
  const view = await services.openContent(true, run)
  try {
    const found = await findVersion(services.home, view, ref)
    const work = openDatasetWork(services.home)
    const close = (): Promise<void> => {
      work.close()
      return view.close()
    }
    const limits = queryLimitsFrom(loadConfig(services.home))
    return { source: { found, view, work, run, limits }, close }
  } catch (error) {
    await view.close()
    throw error
  }
}

async function withRows<T>(
  services: Services,
  ref: string,
  run: Run,
  use: (source: RowSource) => Promise<T>
): Promise<T> {
  const { source, close } = await openRows(services, ref, run)
  try {
    return await use(source)
  } finally {
    await close()
  }
}

function formatOf({
  format,
  output
}: DatasetGetRequest & { readonly output?: string }): OutputFormat {
  // prettier-ignore
  if (format !== undefined) return format
  if (output === undefined) return 'parquet'
  const [, suffix] = /\.([a-z0-9]+)$/i.exec(output) ?? []
  const named = suffix?.toLowerCase()
  // A folder whose parts go beside each other has no suffix.
  if (named === undefined) return 'parquet'
  const found = named === 'jsonl' ? 'ndjson' : OUTPUT_FORMATS.find((one) => one === named)
  if (found !== undefined) return found
  throw new KitError('INVALID_ARGUMENT', `${output}: .${suffix} is no format that is written; there are ${OUTPUT_FORMATS.join(', ')}, which --format names, too`) // prettier-ignore
}
