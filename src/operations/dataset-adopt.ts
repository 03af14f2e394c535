/** Makes a dataset of what is there already: a Parquet file, a folder of some, or a version from elsewhere. Nothing is copied. */
import { Cid, DAG_CBOR } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { lockDatasets, writeDataset } from '../datasets/dataset-files.js'
import { DataBuilder } from '../datasets/data-builder.js'
import { DATA_FILE, FOREIGN_WRITER } from '../datasets/format.js'
import type { Column, Metadata, PartRecord, Version } from '../datasets/version-block.js'
import type { ContentView } from './content-view.js'
import { cardsOf } from './dataset-cards.js'
import { commitVersion, recordOf, settled, withVersion, type CommittedVersion } from './dataset-commit.js' // prettier-ignore
import { changePins, pinsFor } from './dataset-pins.js'
import { datasetSource } from './dataset-local.js'
import { readVersion } from './dataset-versions.js'
import { withDatasetWork } from './dataset-work.js'
import { checkNewName } from './new-dataset-name.js'
import { parquetBelow, partAt } from './parquet-below.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { target } from './target.js'
import { withContent } from './with-content.js'

export interface DatasetAdoptRequest {
  readonly name: string
  /** CIDPATH. */
  readonly path: string
  readonly message?: string | undefined
}

/** @throws INVALID_ARGUMENT where there is no Parquet, CORRUPT_FORMAT, and what finding it throws. */
export const datasetAdopt: Operation<DatasetAdoptRequest, CommittedVersion> = async (
  services,
  request,
  run
) => {
  // prettier-ignore
  const name = checkNewName(request.name)
  const cid = await withContent(services, run, true, async (view) => (await target(view, services, request.path)).cid) // prettier-ignore
  if (cid.codec === DAG_CBOR) return await adoptVersion(services, name, cid, run)
  const found = await withContent(services, run, true, (view) => foundIn(services, view, cid, run))
  const stage = async (session: ConstructorParameters<typeof DataBuilder>[0]) => {
    const builder = new DataBuilder(session)
    const lists = builder.lists(found.parts)
    // A single file gets a folder, as every version has one.
    const data = found.isFolder ? cid : builder.build([{ ...found.parts[0]!, footer: new Uint8Array(0) }]).data // prettier-ignore
    const sum = (key: 'rows' | 'bytes'): number => found.parts.reduce((total, part) => total + part[key], 0) // prettier-ignore
    const { schema, partitionBy, metadata } = found
    const draft = { writer: FOREIGN_WRITER, schema, partitionBy, rows: sum('rows'), bytes: sum('bytes'), data, parts: lists, message: request.message ?? '', tags: [], metadata } // prettier-ignore
    return () => Promise.resolve(draft)
  }
  return await commitVersion(services, name, stage, run)
}

/** Records a version that came from elsewhere, such as an archive. */
async function adoptVersion(
  services: Services,
  name: string,
  cid: Cid,
  run: Run
): Promise<CommittedVersion> {
  // prettier-ignore
  const found = await withContent(services, run, true, (view) => readVersion(view, cid))
  const lock = await lockDatasets(services.home, run.signal)
  try {
    const record = await settled(services, name, run)
    const known = record.versions.find((one) => one.cid === String(cid))
    if (known !== undefined) return { name, ...known, unchanged: true }
    const version = recordOf(record.next, cid, found)
    await changePins(services, { added: pinsFor(services.home, name, version) }, run)
    writeDataset(services.home, withVersion(record, version))
    return { name, ...version, unchanged: false }
  } finally {
    lock.release()
  }
}

interface Found {
  readonly isFolder: boolean
  readonly parts: readonly PartRecord[]
  readonly schema: readonly Column[]
  readonly partitionBy: readonly string[]
  readonly metadata: Metadata
}

async function foundIn(services: Services, view: ContentView, cid: Cid, run: Run): Promise<Found> {
  const { type } = await view.whenReady(() => view.content.stat(cid))
  const isFolder = type === 'directory'
  const parts = isFolder ? await parquetBelow(view, cid, run) : [await partAt(view, cid, DATA_FILE)]
  if (parts.length === 0) throw new KitError('INVALID_ARGUMENT', `${cid} is a folder without a file *.parquet`) // prettier-ignore
  const folders = parts[0]!.path.split('/').slice(0, -1)
  const partitionBy = folders.flatMap((one) => (one.includes('=') ? [decodeURIComponent(one.slice(0, one.indexOf('=')))] : [])) // prettier-ignore
  const schema = await withDatasetWork(services.home, async ({ sql, folder }) => {
    const table = await datasetSource(view, { name: 'x', data: cid, partitionBy: [] } as unknown as Version, folder, run, parts.slice(0, 1)) // prettier-ignore
    const { columns } = await sql.select({ sql: 'FROM x LIMIT 0', tables: [{ ...table, name: 'x' }], output: { maxRows: 1 } }, { signal: run.signal }) // prettier-ignore
    return columns
  })
  const own = schema.filter(({ name }) => !partitionBy.includes(name))
  const metadata = isFolder ? await cardsOf(view, cid, run) : {}
  return { isFolder, parts, partitionBy, metadata, schema: [...own, ...partitionBy.map((name) => ({ name, type: 'VARCHAR' }))] } // prettier-ignore
}
