/** Makes a version of a dataset from files. */
import { rm } from 'node:fs/promises'
import { KitError } from '../core/errors.js'
import { Semaphore } from '../core/semaphore.js'
import { checkTag } from '../datasets/dataset-name.js'
import { DataBuilder, type DataPart } from '../datasets/data-builder.js'
import { CUT, DATA_FILE, WRITER } from '../datasets/format.js'
import type { VersionRecord } from '../datasets/dataset-record.js'
import type { Column, Metadata, Version } from '../datasets/version-block.js'
import type { Part, PartsDone, TableInput } from '../query/ports.js'
import type { WriteSession } from '../store/session.js'
import { commitVersion, type CommittedVersion } from './dataset-commit.js'
import { withoutCards } from './dataset-cards.js'
import { datasetInputs, type DatasetSource, type InputFormat } from './dataset-inputs.js'
import { withDatasetWork, type DatasetWork } from './dataset-work.js'
import { keyOf } from './dataset-versions.js'
import { checkNewName } from './new-dataset-name.js'
import type { Operation } from './operation.js'
import { NONE } from './partitions.js'
import type { Run } from './run.js'

export interface DatasetPutRequest {
  readonly name: string
  /**
   * Files of one table, or folders of them; their order does not matter. `README.md` and `croissant.json`
   * among them are read for the metadata, and what `metadata` says goes before.
   */
  readonly sources: readonly DatasetSource[]
  readonly inputFormat?: InputFormat | undefined
  /** Columns whose values become folders: `country=DE/data.parquet`. */
  readonly partitionBy?: readonly string[]
  readonly tags?: readonly string[]
  readonly message?: string | undefined
  readonly metadata?: Metadata
  /** Columns that tell rows apart, by which `diff` goes; by default those of the version before. */
  readonly key?: readonly string[]
}

/**
 * Makes a version, durably: it is stored, pinned and recorded when this resolves. Equal rows in an equal
 * order become equal bytes.
 * @throws CORRUPT_FORMAT naming the file and the line, USAGE, PATH_NOT_FOUND, INVALID_ARGUMENT, NO_SPACE.
 */
export const datasetPut: Operation<DatasetPutRequest, CommittedVersion> = (
  services,
  request,
  run
) => {
  // prettier-ignore
  const name = checkNewName(request.name)
  const { partitionBy = [], message = '', metadata = {}, key = [] } = request
  const tags = (request.tags ?? []).map(checkTag)
  if (request.sources.length === 0) throw new KitError('USAGE', 'there is no file to put')
  return withDatasetWork(services.home, async (work) => {
    // It starts while the inputs are looked at and the store is opened.
    work.sql.warm()
    const carded = await withoutCards(request.sources)
    const inputs = await datasetInputs(carded.sources, request.inputFormat, work.folder, run)
    if (inputs.length === 0) throw new KitError('USAGE', 'there is no file of a table to put')
    const stage = async (session: WriteSession) => {
      const { columns, parts } = await stageParts({ inputs, partitionBy }, session, work, run)
      checkKey(key, columns)
      const built = new DataBuilder(session).build(parts)
      const about = { ...carded.metadata, ...metadata, ...(key.length === 0 ? {} : { key }) }
      return (_: VersionRecord | undefined, before: Version | undefined) => {
        const kept = key.length > 0 || before === undefined ? [] : keptKey(before, columns)
        const own = kept.length === 0 ? about : { ...about, key: kept }
        return Promise.resolve({ writer: WRITER, schema: columns, partitionBy, message, tags, metadata: own, ...built }) // prettier-ignore
      }
    }
    return await commitVersion(services, name, stage, run)
  })
}

/** Returns the key of the version before, where the rows still have its columns. */
function keptKey(before: Version, columns: readonly Column[]): readonly string[] {
  const key = keyOf(before) ?? []
  return key.every((name) => columns.some((column) => column.name === name)) ? key : []
}

function checkKey(key: readonly string[], columns: readonly Column[]): void {
  for (const name of key)
    if (!columns.some((column) => column.name === name))
      throw new KitError('INVALID_ARGUMENT', `there is no column "${name}" that could be a key; there are: ${columns.map((one) => one.name).join(', ')}`) // prettier-ignore
}

/** Parts that are stored at the same time: while one is synced to the disk, others are hashed. */
const STORED_AT_ONCE = 4

export interface StagedParts {
  readonly columns: readonly Column[]
  /** In the order of rows. */
  readonly parts: readonly DataPart[]
}

/** Writes files as parts into a session; each part is stored while later ones are written. */
export async function stageParts(
  request: {
    readonly inputs: readonly TableInput[]
    readonly partitionBy: readonly string[]
    readonly columns?: readonly Column[]
  },
  session: WriteSession,
  { folder, sql }: DatasetWork,
  run: Run
): Promise<StagedParts> {
  const builder = new DataBuilder(session)
  const staged: { readonly written: Part; readonly part: DataPart }[] = []
  const onBytes = (bytes: number): void => run.progress({ what: 'storing', bytes })
  const turns = new Semaphore(STORED_AT_ONCE)
  const storing: Promise<void>[] = []
  const store = async (written: Part): Promise<void> => {
    const path = dataPath(request.partitionBy, written.values)
    staged.push({ written, part: await builder.addPart(written.file, path, { signal: run.signal, onBytes }) }) // prettier-ignore
    await rm(written.file, { force: true })
  }
  const onPart = (written: Part): void => {
    const stored = turns.run(1, () => store(written), run.signal)
    // It is thrown to whoever waits for all of them.
    stored.catch(() => undefined)
    storing.push(stored)
  }
  let done: PartsDone
  try {
    done = await sql.parts({ ...request, folder, cut: CUT }, onPart, { signal: run.signal }) // prettier-ignore
    await Promise.all(storing)
  } finally {
    // Nothing is written into the session once it is given up.
    await Promise.allSettled(storing)
  }
  staged.sort(({ written: a }, { written: b }) => a.input - b.input || a.index - b.index)
  const parts = staged.map(({ part }) => part)
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  if (rows !== done.rows) throw new KitError('INTERNAL', `the parts that were written have ${rows} rows of ${done.rows}; nothing was put`) // prettier-ignore
  // Folders stand in the order of their names, whichever file had them first.
  if (request.partitionBy.length > 0) parts.sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path))) // prettier-ignore
  return { columns: done.columns, parts }
}

/** Bytes of a name that file systems take. */
const MAX_NAME = 255

/** Returns the data file of some values, as Hive names its folders. */
function dataPath(columns: readonly string[], values: readonly (string | null)[]): string {
  const folders = columns.map((name, i) => {
    const value = values[i] ?? NONE
    if (values[i] === NONE) throw new KitError('INVALID_ARGUMENT', `a value of "${name}" is ${NONE}, which means none in a folder's name; partition by another column`) // prettier-ignore
    const folder = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
    if (folder.length > MAX_NAME) throw new KitError('INVALID_ARGUMENT', `a value of "${name}" is too long for the name of a folder (${folder.length} of ${MAX_NAME} bytes): ${value.slice(0, 40)}…; partition by another column`) // prettier-ignore
    return folder
  })
  return [...folders, DATA_FILE].join('/')
}
