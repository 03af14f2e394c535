/** A pin mapping: a pinned root, and where a backend keeps it. */
import { KitError } from '../core/errors.js'
import { CAR_FOLDERS } from './car-path.js'

export const STATUSES = ['stored', 'pending', 'failed'] as const
export type MappingStatus = (typeof STATUSES)[number]

/** The columns of `pin_mappings.parquet`, in its order. */
export const COLUMNS = [
  'cid',
  'car_file_path',
  'backend_name',
  'created_at',
  'status',
  'metadata'
] as const
export type Column = (typeof COLUMNS)[number]

/** One row, as it stands in the files of a backend. */
export type Row = Readonly<Record<Column, string>>

/** What this program keeps in a mapping's metadata, under `ipfs_kit`. */
export interface OwnMetadata {
  /** Bytes of the archive on the backend. */
  readonly size?: number
  /** Blocks in it. */
  readonly blocks?: number | undefined
  readonly attempts?: number
  readonly last_error?: string
  /** What the backend says of a pin that it is still fetching. */
  readonly details?: string
  /** Whether it is being removed: it is not to be stored again. */
  readonly is_leaving?: boolean
  /** Copies that must be left when it goes, if that is other than what the policy asks for; 0 where it goes in any case. */
  readonly leave_at_least?: number
  /** How often a copy was removed that somebody wanted again meanwhile: what was stored before is gone. */
  readonly removals?: number
  /** ISO 8601: when the copy was stored; the mapping's own time is that of the pin. */
  readonly stored_at?: string
  /** ISO 8601: when somebody last read the pin, as far as the cache knew when it was looked at. */
  readonly read_at?: string | undefined
  /** The backend whose copy goes once this one is stored. */
  readonly replaces?: string | undefined
  /** ISO 8601: when the copy was last found whole. */
  readonly verified_at?: string
  /** Whether every byte was hashed then. */
  readonly read_data?: boolean
  /** Whether the CID is none, as older installations invented some. */
  readonly invalid_cid?: boolean
}

/** A row with its metadata taken apart. */
export interface Mapping {
  readonly cid: string
  readonly carPath: string
  readonly backend: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly status: MappingStatus
  /** The user's own fields, `name`, `description` and `tags` among them. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly own: OwnMetadata
}

const OWN = 'ipfs_kit'

export const toRow = (mapping: Mapping): Row => ({
  cid: mapping.cid,
  car_file_path: mapping.carPath,
  backend_name: mapping.backend,
  created_at: mapping.createdAt,
  status: mapping.status,
  metadata: JSON.stringify({ ...mapping.fields, [OWN]: mapping.own })
})

/** Returns the change that makes a mapping what it is. */
export const putOf = (
  mapping: Mapping
): { readonly backend: string; readonly cid: string; readonly row: Row } => ({
  backend: mapping.backend,
  cid: mapping.cid,
  row: toRow(mapping)
})

/** Parses a row. Metadata that is no JSON object is kept as a field `metadata`. */
export function fromRow(row: Row): Mapping {
  const { [OWN]: own, ...fields } = metadataOf(row.metadata)
  return {
    cid: row.cid,
    carPath: row.car_file_path,
    backend: row.backend_name,
    createdAt: row.created_at,
    status: statusOf(row.status),
    fields,
    own: isObject(own) ? own : {}
  }
}

function metadataOf(text: string): Record<string, unknown> {
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // Kept as text below.
  }
  return { metadata: text }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A status that this program does not know is to be looked into, so it counts as pending. */
const statusOf = (text: string): MappingStatus =>
  STATUSES.find((status) => status === text) ?? 'pending'

export const nameOf = ({ fields }: Mapping): string =>
  typeof fields['name'] === 'string' ? fields['name'] : ''

export const tagsOf = ({ fields }: Mapping): readonly string[] => {
  const tags = fields['tags']
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : []
}

/**
 * Returns the name of a mapping's archive on its backend: its path without the first segment, which
 * stands for the bucket, repository or folder that is configured.
 * @throws CORRUPT_FORMAT for a path without a second segment.
 */
export function archiveName({ carPath, cid, backend }: Mapping): string {
  const name = carPath.replace(/^\/+/, '').split('/').slice(1).join('/')
  if (name !== '') return name
  throw new KitError(
    'CORRUPT_FORMAT',
    `the mapping of ${cid} on ${backend} has no usable path ("${carPath}"); see \`ipfs-kit backend migrate-pin-mappings --verify-only\``
  )
}

/** Returns the path that a new mapping records. @param type of the backend. */
export function carPathOf(type: string, backend: string, cid: string): string {
  const folder = Object.hasOwn(CAR_FOLDERS, type) ? CAR_FOLDERS[type]! : `/${backend}/cars`
  return `${folder}/${cid}.car`
}
