/** What a home knows of a dataset: the file `<home>/datasets/NAME.json`. FORMAT.md has the fields. */
import { KitError } from '../core/errors.js'
import type { DatasetRef } from './dataset-name.js'

export interface VersionRecord {
  /** Counts the versions of a dataset in this home, from 1 on; a number is never given twice. */
  readonly version: number
  readonly cid: string
  readonly data: string
  readonly rows: number
  readonly bytes: number
  readonly message: string
  readonly tags: readonly string[]
  /** ISO 8601. */
  readonly created_at: string
}

export interface DatasetRecord {
  readonly format: 1
  readonly name: string
  /** Number of the next version. */
  readonly next: number
  /** The versions that are there, oldest first. */
  readonly versions: readonly VersionRecord[]
  /** A version that is being published: where its blocks are there, it is one. */
  readonly pending?: VersionRecord
}

/** @throws CORRUPT_FORMAT naming the file. */
export function decodeRecord(path: string, text: string): DatasetRecord {
  try {
    const value = JSON.parse(text) as DatasetRecord
    if (value.format === 1 && Array.isArray(value.versions) && typeof value.next === 'number') return value // prettier-ignore
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new KitError('CORRUPT_FORMAT', `${path} is not JSON: ${cause.message}`, { cause })
  }
  throw new KitError('CORRUPT_FORMAT', `${path} is no record of a dataset`)
}

export const encodeRecord = (record: DatasetRecord): string =>
  `${JSON.stringify(record, undefined, 1)}\n`

/** Returns the newest version; undefined for a dataset without any. */
export const latestOf = ({ versions }: DatasetRecord): VersionRecord | undefined => versions.at(-1)

const MIN_PREFIX = 6

/** Returns the version that a text means. @throws PATH_NOT_FOUND; INVALID_ARGUMENT for one that means several. */
export function versionOf(record: DatasetRecord, { name, version }: DatasetRef): VersionRecord {
  const found = matching(record, version)
  const [first, second] = [found.at(-1), found.at(-2)]
  if (first !== undefined && (second === undefined || second.cid === first.cid)) return first
  if (second !== undefined)
    throw new KitError('INVALID_ARGUMENT', `"${version}" begins the CIDs of several versions of ${name}; give more of it`) // prettier-ignore
  const numbers = record.versions.slice(-5).map((one) => `v${one.version}`)
  throw new KitError('PATH_NOT_FOUND', `dataset ${name} has no version "${version}"; there are ${numbers.join(', ') || 'none'}, see \`ipfs-kit dataset versions ${name}\``) // prettier-ignore
}

function matching({ versions }: DatasetRecord, version: string): readonly VersionRecord[] {
  if (version === 'latest') return versions.slice(-1)
  const number = /^v(\d+)$/.exec(version)?.[1]
  if (number !== undefined) return versions.filter((one) => one.version === Number(number))
  // A tag that is given again moves to the newer version.
  const tagged = versions.filter(({ tags }) => tags.includes(version)).slice(-1)
  if (tagged.length > 0 || version.length < MIN_PREFIX) return tagged
  return versions.filter(({ cid, data }) => cid.startsWith(version) || data.startsWith(version))
}
