/**
 * Makes a version of a dataset visible: its blocks and its pin first, then its record. Killed between,
 * the next change finds the record of what was being published and completes it.
 */
import { isDeepStrictEqual } from 'node:util'
import { Cid } from '../core/cid.js'
import { lockDatasets, newDataset, readDataset, writeDataset, type DatasetLock } from '../datasets/dataset-files.js' // prettier-ignore
import { latestOf, type DatasetRecord, type VersionRecord } from '../datasets/dataset-record.js'
import { DataBuilder } from '../datasets/data-builder.js'
import { encodeVersion, type Version } from '../datasets/version-block.js'
import { VERSION_TYPE } from '../metadata/mime-types.js'
import type { IndexPatch } from '../metadata/patch.js'
import type { WriteSession } from '../store/session.js'
import { pinsFor } from './dataset-pins.js'
import { readVersionIfAny } from './dataset-versions.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { withContent } from './with-content.js'
import { withWriteSession } from './with-write-session.js'

export interface CommittedVersion extends VersionRecord {
  readonly name: string
  /** Whether it is the version that was there already. */
  readonly unchanged: boolean
}

/** A version, without what its place in the history says. */
export type Draft = Omit<Version, 'name' | 'parents'>

/**
 * Stages what a version needs. @returns what makes the version over the newest one, while nobody else
 * changes the dataset; its block is undefined where it is lost.
 */
export type Stage = (
  session: WriteSession
) => Promise<(latest: VersionRecord | undefined, before: Version | undefined) => Promise<Draft>>

/** @throws what staging throws, and as `withWriteSession`. */
export async function commitVersion(
  services: Services,
  name: string,
  stage: Stage,
  run: Run
): Promise<CommittedVersion> {
  const { home } = services
  let lock: DatasetLock | undefined
  try {
    const made = await withWriteSession(services, run, async (session) => {
      const finish = await stage(session)
      lock = await lockDatasets(home, run.signal)
      const record = await settled(services, name, run)
      const latest = latestOf(record)
      const before = latest === undefined ? undefined : await withContent(services, run, true, (view) => readVersionIfAny(view, Cid.parse(latest.cid))) // prettier-ignore
      const draft = await finish(latest, before)
      // What it needs was staged, and its pin may be gone: both are made durable again.
      if (latest !== undefined && before !== undefined && isSame(before, draft))
        return { result: { record, version: latest }, pins: pinsFor(home, name, latest) }
      // A parent that is lost would keep the pin from ever being complete.
      const parents = latest === undefined || before === undefined ? [] : [Cid.parse(latest.cid)]
      const cid = new DataBuilder(session).put(encodeVersion({ ...draft, name, parents }))
      const version = recordOf(record.next, cid, draft)
      writeDataset(home, { ...record, pending: version })
      return {
        result: { record, version },
        pins: pinsFor(home, name, version),
        index: [[versionPatch(version)]]
      }
    })
    const { record, version } = made
    const unchanged = latestOf(record) === version
    if (!unchanged) writeDataset(home, withVersion(record, version))
    return { name, ...version, unchanged }
  } finally {
    lock?.release()
  }
}

/** What the index is told of a version: the bytes of its rows, and a type of its own. */
const versionPatch = ({ cid, bytes, created_at }: VersionRecord): IndexPatch => ({
  cid,
  at: Date.parse(created_at),
  set: { size_bytes: bytes, mime_type: VERSION_TYPE, local: true, current_tier: 'local' }
})

/** Returns what a home keeps of a version. */
export const recordOf = (
  version: number,
  cid: Cid,
  draft: Pick<Draft, 'data' | 'rows' | 'bytes' | 'message' | 'tags'>
): VersionRecord => ({
  version,
  cid: String(cid),
  data: String(draft.data),
  rows: draft.rows,
  bytes: draft.bytes,
  message: draft.message,
  tags: draft.tags,
  created_at: new Date().toISOString()
})

/** Returns whether a version would say no more than the newest one. */
const isSame = (before: Version, draft: Draft): boolean =>
  String(before.data) === String(draft.data) &&
  // Columns of partitions are in no file.
  isDeepStrictEqual(before.schema, draft.schema) &&
  isDeepStrictEqual(before.partitionBy, draft.partitionBy) &&
  draft.message === '' &&
  draft.tags.length === 0 &&
  Object.entries(draft.metadata).every(([key, value]) => isDeepStrictEqual(before.metadata[key], value)) // prettier-ignore

/** Returns a record with one version more. */
export const withVersion = (record: DatasetRecord, version: VersionRecord): DatasetRecord => ({
  format: 1,
  name: record.name,
  next: version.version + 1,
  versions: [...record.versions, version]
})

/** Returns the record of a dataset in which nothing is pending. Call only while holding the lock. */
export async function settled(services: Services, name: string, run: Run): Promise<DatasetRecord> {
  const { home } = services
  const record = readDataset(home, name) ?? newDataset(home, name)
  const { pending, ...rest } = record
  if (pending === undefined) return record
  const isThere = await withContent(services, run, false, async ({ content }) =>
    Promise.resolve(content.tier(Cid.parse(pending.cid)) !== undefined)
  )
  const next = isThere ? withVersion(record, pending) : rest
  writeDataset(home, next)
  return next
}
