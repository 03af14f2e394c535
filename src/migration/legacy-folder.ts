/** What an older installation left of a backend, and the mappings that come of it. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { readTextIfAny } from '../core/read-file.js'
import { carPathOf, COLUMNS, STATUSES, type Row } from '../pins/mapping.js'
import { CAR, PARQUET } from '../pins/pair-files.js'
import { differences, readMappingCar, readParquet } from '../pins/pair-reader.js'
import { carDialect } from './legacy-car.js'
import { isCid, readLegacyPins, type LegacyPin } from './legacy-pins.js'

const PINS = 'pins.json'

/** The state of the mappings of a backend. */
export interface FolderState {
  /** `none` without any, `current` where there is nothing to do, `legacy` where there is. */
  readonly state: 'none' | 'current' | 'legacy'
  /** The mappings after the migration, sorted by CID. */
  readonly rows: readonly Row[]
  /** Why it is to be migrated, in words. */
  readonly reasons: readonly string[]
  readonly warnings: readonly string[]
  /** Files that are replaced, and those that are taken away. */
  readonly replaced: readonly string[]
  readonly removed: readonly string[]
  readonly invalid: number
}

export interface FolderOptions {
  readonly folder: string
  readonly name: string
  /** The type of the backend, by its configuration; undefined where there is none. */
  readonly type: string | undefined
  /** Writes the CAR from the Parquet file, whatever it holds. */
  readonly forceCar: boolean
}

/**
 * Looks at what there is, and changes nothing.
 * @throws CORRUPT_FORMAT for files that cannot be read, or disagree, naming them.
 */
export async function lookAt({
  folder,
  name,
  type,
  forceCar
}: FolderOptions): Promise<FolderState> {
  const parquet = join(folder, PARQUET)
  const car = join(folder, CAR)
  const old = oldPins(folder)
  const hasParquet = isThere(parquet)
  const dialect = carDialect(car)
  const reasons: string[] = []
  const warnings: string[] = []
  const found = hasParquet ? await readParquet(parquet) : []
  if (dialect !== undefined && dialect !== 'car') reasons.push(`${CAR} is no CAR (${dialect})`)
  if (hasParquet && dialect === undefined) reasons.push(`${CAR} is missing`)
  if (old?.isLive === true) reasons.push(`${old.file} is there`)
  if (!hasParquet && old !== undefined && !old.isLive) reasons.push(`only ${old.file} is left`)
  if (hasParquet && dialect === 'car') reasons.push(...carReasons(parquet, car, found, forceCar))
  const kind = type ?? guessedType(name)
  const rows = new Map<string, Row>()
  const add = (row: Row): void => {
    if (row.cid === 'pins')
      warnings.push(`${parquet}: a row whose CID is "pins", which an earlier migration made, is left out`) // prettier-ignore
    else rows.set(row.cid, normalised(row))
  }
  for (const row of found) add(row)
  if (!hasParquet && dialect === 'json') for (const row of jsonRows(car, name)) add(row)
  if (old !== undefined && (old.isLive || !hasParquet)) {
    const { pins, warnings: more } = readLegacyPins(old.text, join(folder, old.file))
    warnings.push(...more)
    // What the Parquet file says of a pin is newer, and has its path.
    for (const pin of pins) if (!rows.has(pin.cid)) add(rowOf(pin, name, kind, old.createdAt))
  }
  const sorted = [...rows.values()].sort((a, b) => Buffer.compare(Buffer.from(a.cid), Buffer.from(b.cid))) // prettier-ignore
  if (hasParquet && hasChanges(found, sorted)) reasons.push(`${PARQUET} has rows to mend`)
  const isNothing = !hasParquet && dialect === undefined && old === undefined
  return {
    state: isNothing ? 'none' : reasons.length === 0 ? 'current' : 'legacy',
    rows: sorted,
    reasons,
    warnings,
    replaced: [parquet, car, join(folder, 'pin_mappings.table')].filter(isThere),
    removed: old?.isLive === true ? [join(folder, old.file)] : [],
    invalid: sorted.filter(({ cid }) => !isCid(cid)).length
  }
}

const isThere = (path: string): boolean => ifPresent(() => statSync(path)) !== undefined

/** @throws CORRUPT_FORMAT where both are sound and differ: nobody knows which is right. */
function carReasons(
  parquet: string,
  car: string,
  rows: readonly Row[],
  forceCar: boolean
): string[] {
  if (forceCar) return [`${CAR} is to be written anew`]
  const found = differences(rows, readMappingCar(car))
  if (found.length === 0) return []
  throw new KitError(
    'CORRUPT_FORMAT',
    `${parquet} and ${car} disagree: ${found.join('; ')}; where the Parquet file is right, use --force-car-regeneration`
  )
}

interface OldPins {
  readonly file: string
  readonly text: string
  /** Whether it is the file itself, and not what an earlier migration renamed. */
  readonly isLive: boolean
  readonly createdAt: string
}

/** Returns pins.json, or the newest backup of it. */
function oldPins(folder: string): OldPins | undefined {
  const backups = (ifPresent(() => readdirSync(folder)) ?? [])
    .filter((name) => name.startsWith(`${PINS}.backup.`) && !name.endsWith('.tmp'))
    .sort()
    .reverse()
  for (const file of [PINS, ...backups]) {
    const path = join(folder, file)
    const text = readTextIfAny(path)
    if (text === undefined) continue
    const createdAt = new Date(statSync(path).mtimeMs).toISOString()
    return { file, text, isLive: file === PINS, createdAt }
  }
  return undefined
}

/** The rows of a JSON document under the name of a CAR; none where it has blocks instead. */
function jsonRows(path: string, name: string): Row[] {
  const { pins } = readLegacyPins(readTextIfAny(path) ?? '', path)
  return pins
    .filter(({ fields }) => typeof fields['car_file_path'] === 'string')
    .map(({ cid, fields }) => ({
      cid,
      car_file_path: wordOf(fields['car_file_path']) ?? '',
      backend_name: wordOf(fields['backend_name']) ?? name,
      created_at: wordOf(fields['created_at']) ?? '',
      status: wordOf(fields['status']) ?? 'stored',
      metadata: textOf(fields['metadata'])
    }))
}

const wordOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined

const textOf = (metadata: unknown): string =>
  typeof metadata === 'string' ? metadata : JSON.stringify(metadata ?? {})

function rowOf({ cid, fields }: LegacyPin, name: string, type: string, createdAt: string): Row {
  const { car_file_path: path, created_at: created, timestamp, status, ...rest } = fields
  const time = created ?? timestamp
  return {
    cid,
    car_file_path: typeof path === 'string' && path !== '' ? path : carPathOf(type, name, cid),
    backend_name: name,
    created_at: typeof time === 'string' || typeof time === 'number' ? String(time) : createdAt,
    status: STATUSES.find((one) => one === status) ?? 'stored',
    metadata: JSON.stringify(rest)
  }
}

/** Returns a row with its time in ISO 8601, its metadata as an object, and a mark on a CID that is none. */
function normalised(row: Row): Row {
  const created_at = isoOf(row.created_at)
  const metadata = objectOf(row.metadata)
  // What is sound stays as it was written.
  if (isCid(row.cid)) {
    const isSound = metadata['metadata'] !== row.metadata
    return { ...row, created_at, metadata: isSound ? row.metadata : JSON.stringify(metadata) }
  }
  const own = objectOf(JSON.stringify(metadata['ipfs_kit'] ?? {}))
  if (own['invalid_cid'] === true) return { ...row, created_at }
  const marked = { ...metadata, ipfs_kit: { ...own, invalid_cid: true } }
  return { ...row, created_at, metadata: JSON.stringify(marked) }
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Kept as text.
  }
  return { metadata: text }
}

const SECONDS = 1e11

/** Returns a time in ISO 8601: from seconds or milliseconds since 1970, or any date; as it is otherwise. */
function isoOf(text: string): string {
  const number = Number(text)
  const ms = text.trim() !== '' && Number.isFinite(number) ? (number < SECONDS ? number * 1000 : number) : Date.parse(withZone(text)) // prettier-ignore
  return Number.isNaN(ms) || Math.abs(ms) > 8.64e15 ? text : new Date(ms).toISOString()
}

/** Old times have no zone and are UTC; `Date` would take them for local ones. */
const withZone = (text: string): string =>
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text

function hasChanges(found: readonly Row[], rows: readonly Row[]): boolean {
  if (found.length !== rows.length) return true
  return found.some((row, i) => COLUMNS.some((column) => row[column] !== rows[i]![column]))
}

/** Parts of names by which older installations chose paths, in their order. */
const GUESSES: readonly (readonly [string, string])[] = [
  ['s3', 's3'],
  ['github', 'github'],
  ['storacha', 'storacha'],
  ['hf', 'huggingface'],
  ['huggingface', 'huggingface'],
  ['ftp', 'ftp'],
  ['sshfs', 'sshfs']
]

function guessedType(name: string): string {
  return GUESSES.find(([part]) => name.toLowerCase().includes(part))?.[1] ?? ''
}
