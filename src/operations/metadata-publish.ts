/**
 * Publishes the index as a DAG in the store, and under a name where a Kubo is configured. Partitions that did not change
 * since are not looked at again.
 */
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { writeStream } from '../content/file-writer.js'
import { NodeWriter } from '../content/node-writer.js'
import { PROFILES } from '../content/profile.js'
import { sequentialFile } from '../content/sequential-source.js'
import { isSameFile } from '../core/file-switch.js'
import { Kind } from '../formats/block-kind.js'
import { indexFolder } from '../metadata/index-files.js'
import { ownNodeId } from '../metadata/node-id.js'
import { writeIndexParquet } from '../metadata/parquet-writer.js'
import type { Partition } from '../metadata/partition.js'
import { SYSTEM_PIN } from '../metadata/pin-patch.js'
import { partitionOf, readPublished, writePublished, type MadePartition, type Published, type PublishedName } from '../metadata/publication-file.js' // prettier-ignore
import { encodePublication, type Publication } from '../metadata/publication.js'
import { publishedRecords, StatisticsOfRows } from '../metadata/published-rows.js'
import type { IndexRecord } from '../metadata/record.js'
import { checkPublishes, RULES, type Role } from '../metadata/role.js'
import { readPins, type Pin } from '../store/pins.js'
import type { WriteSession } from '../store/session.js'
import { publishNames } from './index-names.js'
import { indexRole } from './index-role.js'
import type { Operation } from './operation.js'
import { throwIfAborted, type Run } from './run.js'
import type { Services } from './services.js'
import { withContent } from './with-content.js'
import { newPin, withWriteSession } from './with-write-session.js'
import { openWorkFolder } from './work-folder.js'

export interface MetadataPublishResult {
  /** The block that links to all partitions. */
  readonly cid: string
  readonly node: string
  readonly role: Role
  readonly rows: number
  readonly partitions: readonly {
    readonly cid: string
    readonly rows: number
    readonly bytes: number
  }[]
  /** Whether it is what was published before. */
  readonly unchanged: boolean
  /** Where a name leads to it now. */
  readonly names: readonly PublishedName[]
}

interface Drafted {
  readonly publication: Publication
  readonly partitions: Readonly<Record<string, MadePartition>>
}

/** @throws UNSUPPORTED for a leecher; LOCKED, NO_SPACE, CORRUPT_FORMAT. */
export const metadataPublish: Operation<object, MetadataPublishResult> = async (
  services,
  _,
  run
) => {
  const { home } = services
  const role = indexRole(home)
  checkPublishes(role)
  await settle(services, run)
  const node = ownNodeId(home)
  const last = readPublished(home)
  const pins = await pinsOf(services, run)
  const before = last !== undefined && isStanding(last, node, role, pins) ? last : undefined
  const drafted = await reused(services, before)
  const published = drafted ?? (await publishAnew(services, { node, role, before }, run))
  const names = await publishNames(services, published.root, before?.names ?? [], run)
  writePublished(home, { ...published, names })
  // Also one of another role or node: nothing else would ever unpin it.
  if (
    last !== undefined &&
    last.root !== published.root &&
    pins.get(last.root)?.name === SYSTEM_PIN
  )
    await unpin(services, last.root, run)
  return resultOf({ ...published, names }, before?.root === published.root)
}

async function settle(services: Services, run: Run): Promise<void> {
  const owner = await services.openOwner(run)
  try {
    await owner.settleIndex(true)
  } finally {
    owner.close()
  }
}

const pinsOf = (services: Services, run: Run): Promise<ReadonlyMap<string, Pin>> =>
  withContent(services, run, false, ({ reader }) => Promise.resolve(readPins(reader.layout.pins)))

/** Returns whether what was published is still there and says so much as it would now. */
const isStanding = (
  last: Published,
  node: string,
  role: Role,
  pins: ReadonlyMap<string, Pin>
): boolean =>
  // prettier-ignore
  last.node === node && last.role === role && pins.get(last.root)?.type === 'recursive'

/** Returns what was published before where no file of the index changed since. */
function reused(services: Services, before: Published | undefined): Promise<Published | undefined> {
  return services.index.use(({ partitions }) => {
    if (before === undefined || Object.keys(before.partitions).length !== partitions.length) return undefined // prettier-ignore
    return partitions.every((one) => isMadeOf(one, before)) ? before : undefined
  })
}

const isMadeOf = ({ number, mark }: Partition, before: Published): boolean => {
  const made = before.partitions[number]
  return made !== undefined && isSameFile(mark, made.mark)
}

interface Setting {
  readonly node: string
  readonly role: Role
  readonly before: Published | undefined
}

async function publishAnew(services: Services, setting: Setting, run: Run): Promise<Published> {
  const { node, role } = setting
  const work = openWorkFolder(indexFolder(services.home))
  try {
    return await withWriteSession(services, run, async (session) => {
      const { publication, partitions } = await draft(services, setting, session, work.folder, run)
      const { cid, bytes } = encodePublication(publication)
      session.put(cid, bytes, { kind: Kind.OPAQUE, size: bytes.length })
      const root = String(cid)
      const result: Published = { format: 1, node, role, root, partitions, names: [] }
      return { result, pins: [newPin(root, 'recursive', SYSTEM_PIN)] }
    })
  } finally {
    work.close()
  }
}

function draft(
  services: Services,
  { node, role, before }: Setting,
  session: WriteSession,
  folder: string,
  run: Run
): Promise<Drafted> {
  return services.index.use(async (index) => {
    const partitions: Record<string, MadePartition> = {}
    for (const one of index.partitions) {
      throwIfAborted(run)
      const known = before?.partitions[one.number]
      partitions[one.number] =
        known !== undefined && isMadeOf(one, before!)
          ? known
          : await madePartition(one, publishedRecords(one, node, RULES[role].publishes === 'own'), session, folder, run) // prettier-ignore
    }
    const made = index.partitions.flatMap(({ number }) => partitions[number]!.made ?? [])
    const rows = made.reduce((sum, one) => sum + one.rows, 0)
    const updated_at = made.reduce((newest, one) => Math.max(newest, one.newest), 0)
    return { publication: { node, role, updated_at, rows, partitions: made.map(partitionOf) }, partitions } // prettier-ignore
  })
}

async function madePartition(
  { number, mark }: Partition,
  records: Iterable<IndexRecord>,
  session: WriteSession,
  folder: string,
  { signal, progress }: Run
): Promise<MadePartition> {
  const file = join(folder, `${number}.parquet`)
  const statistics = new StatisticsOfRows()
  await writeIndexParquet(file, told(records, statistics))
  const { found } = statistics
  if (found === undefined) return { mark, made: null }
  const fd = openSync(file, 'r')
  try {
    const writer = new NodeWriter(session, PROFILES['unixfs-v1-2025'])
    const onBytes = (bytes: number): void => progress({ what: 'publishing', bytes })
    const { cid, size, tsize } = await writeStream(writer, sequentialFile(fd), {}, { signal, onBytes }) // prettier-ignore
    return { mark, made: { ...found, cid: String(cid), bytes: size, tsize } }
  } finally {
    closeSync(fd)
  }
}

function* told(
  records: Iterable<IndexRecord>,
  statistics: StatisticsOfRows
): Iterable<IndexRecord> {
  for (const record of records) {
    statistics.push(record)
    yield record
  }
}

async function unpin(services: Services, cid: string, run: Run): Promise<void> {
  const owner = await services.openOwner(run)
  try {
    await owner.removePins([cid])
  } finally {
    owner.close()
  }
}

function resultOf(published: Published, unchanged: boolean): MetadataPublishResult {
  const { root, node, role, names } = published
  const partitions = Object.values(published.partitions).flatMap(({ made }) =>
    made === null ? [] : [{ cid: made.cid, rows: made.rows, bytes: made.bytes }]
  )
  const rows = partitions.reduce((sum, one) => sum + one.rows, 0)
  return { cid: root, node, role, rows, partitions, unchanged, names }
}
