/** Makes a version of more rows: the parts that are there stay as they are, and new ones follow. */
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { Semaphore } from '../core/semaphore.js'
import { DataBuilder, type DataPart } from '../datasets/data-builder.js'
import { checkTag, parseDatasetRef } from '../datasets/dataset-name.js'
import { mustReadDataset } from '../datasets/dataset-files.js'
import { latestOf, type VersionRecord } from '../datasets/dataset-record.js'
import { WRITER } from '../datasets/format.js'
import { ParquetFooter } from '../datasets/parquet-footer.js'
import type { Metadata, PartRecord, Version } from '../datasets/version-block.js'
import type { ContentView } from './content-view.js'
import { commitVersion, type CommittedVersion, type Draft } from './dataset-commit.js'
import { datasetInputs, type DatasetSource, type InputFormat } from './dataset-inputs.js'
import { stageParts } from './dataset-put.js'
import { partsOf, readVersion } from './dataset-versions.js'
import { storedFooter } from './stored-footer.js'
import { withDatasetWork } from './dataset-work.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

/** Footers that are read at the same time: while some are fetched, others are parsed. */
const READ_AT_ONCE = 16

export interface DatasetAppendRequest {
  readonly name: string
  readonly sources: readonly DatasetSource[]
  readonly inputFormat?: InputFormat | undefined
  readonly tags?: readonly string[]
  readonly message?: string | undefined
  /** Words that are added to those of the version before. */
  readonly metadata?: Metadata
}

/**
 * Appends rows, which must fit the columns of the newest version, durably. What others put or append
 * meanwhile stays: the rows follow the newest version.
 * @throws PATH_NOT_FOUND for a dataset that is not there, and as `datasetPut`.
 */
export const datasetAppend: Operation<DatasetAppendRequest, CommittedVersion> = async (
  services,
  request,
  run
) => {
  // prettier-ignore
  const { name } = parseDatasetRef(request.name)
  const { message = '', metadata = {} } = request
  const tags = (request.tags ?? []).map(checkTag)
  mustReadDataset(services.home, name)
  return await withDatasetWork(services.home, async (work) => {
    // It starts while the inputs are looked at and the store is opened.
    work.sql.warm()
    const inputs = await datasetInputs(request.sources, request.inputFormat, work.folder, run)
    return await commitVersion(
      services,
      name,
      async (session) => {
        const before = await withContent(services, run, true, (view) =>
          versionBefore(view, latestOf(mustReadDataset(services.home, name)), name)
        )
        const { partitionBy, schema } = before
        const staged = await stageParts(
          { inputs, partitionBy, columns: schema },
          session,
          work,
          run
        )
        return async (latest): Promise<Draft> => {
          const turns = new Semaphore(READ_AT_ONCE)
          // The view was opened before what others published meanwhile.
          const { base, old } = await withContent(services, run, true, async (now) => {
            const version = await versionBefore(now, latest, name)
            const parts = await partsOf(now, version)
            return { base: version, old: await Promise.all(parts.map((part) => turns.run(1, () => withFooter(now, part), run.signal))) } // prettier-ignore
          })
          if (
            JSON.stringify(base.schema) !== JSON.stringify(schema) ||
            base.partitionBy.join() !== partitionBy.join()
          )
            // prettier-ignore
            throw new KitError('STALE', `the columns of ${name} were changed meanwhile; append again`)
          const parts = [...old, ...staged.parts]
          if (partitionBy.length > 0) parts.sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path))) // prettier-ignore
          const built = new DataBuilder(session).build(parts)
          return { writer: WRITER, schema, partitionBy, message, tags, metadata: { ...base.metadata, ...metadata }, ...built } // prettier-ignore
        }
      },
      run
    )
  })
}

async function versionBefore(
  view: ContentView,
  latest: VersionRecord | undefined,
  name: string
): Promise<Version> {
  if (latest === undefined) throw new KitError('PATH_NOT_FOUND', `${name} has no version to append to; put one`) // prettier-ignore
  const version = await readVersion(view, Cid.parse(latest.cid))
  if (version.writer === WRITER) return version
  throw new KitError('UNSUPPORTED', `${name} was written as ${version.writer}, which is not appended to; put its rows and the new ones: \`ipfs-kit dataset put\``) // prettier-ignore
}

/** Returns a part with the footer of its file. What a list says of a part may be anybody's word. */
async function withFooter(view: ContentView, part: PartRecord): Promise<DataPart> {
  const { size, footer } = await storedFooter(view, part.cid, part.path)
  const { rows } = new ParquetFooter(footer)
  if (size === part.bytes && rows === part.rows) return { ...part, footer }
  throw new KitError('CORRUPT_FORMAT', `${part.path} (${part.cid}) has ${size} bytes and ${rows} rows, where its version says ${part.bytes} and ${part.rows}`) // prettier-ignore
}
