/**
 * What one node says of content to others, and which of two such claims counts: the newer one, whole. Claims are a
 * total order, so that nodes agree in whatever order they hear of them. Facts of this machine are no part of it.
 */
import type { IndexRecord, StorageLocations } from './record.js'

/** The columns that nodes tell each other. */
export const SAID = [
  'size_bytes',
  'blocks',
  'links',
  'mime_type',
  'created_at',
  'filename',
  'extension',
  'tags',
  'metadata',
  'properties'
] as const

export type Said = Pick<IndexRecord, (typeof SAID)[number]> & {
  /** Copies on backends; never what this node itself has. */
  readonly storage_locations: StorageLocations | null
}

export interface Claim {
  /** Ms since 1970, by the clock of `node`. */
  readonly updated_at: number
  readonly node: string
  /** The node that takes it over. */
  readonly self: string
  readonly said: Said
}

/** Returns when something was said of content last. */
export const stampOf = ({ updated_at, created_at }: IndexRecord): number =>
  updated_at ?? created_at ?? 0

/** Returns what other nodes are told of a record. */
export function saidOf(record: IndexRecord): Said {
  const { storage_locations: places } = record
  const others = places === null ? null : { ...places, ipfs: null }
  const isNone = others === null || Object.values(others).every((one) => one === null)
  const said = Object.fromEntries(SAID.map((name) => [name, record[name]]))
  return { ...(said as unknown as Said), storage_locations: isNone ? null : others }
}

/** Returns whether a change is one of what other nodes are told. */
export const isSaidAnew = (before: IndexRecord, after: IndexRecord): boolean =>
  SAID.some((name) => isOther(before[name], after[name])) ||
  (before.storage_locations !== after.storage_locations &&
    isOther(saidOf(before).storage_locations, saidOf(after).storage_locations))

const isOther = (a: unknown, b: unknown): boolean => a !== b && textOf(a) !== textOf(b)

/** Returns whether a claim counts before what is known. */
export function isNewer({ updated_at, node, self, said }: Claim, record: IndexRecord): boolean {
  const order =
    updated_at - stampOf(record) ||
    compareTexts(node, record.node ?? self) ||
    compareTexts(textOf(said), textOf(saidOf(record)))
  return order > 0
}

/** Returns a record that says what a claim does. */
export function taken(record: IndexRecord, { updated_at, node, self, said }: Claim): IndexRecord {
  const { storage_locations, ...rest } = said
  // A home knows best where it has copies itself.
  const isOwn = (record.storage_locations?.ipfs ?? null) !== null
  const places = isOwn ? record.storage_locations : storage_locations
  const from = node === self ? null : node
  return { ...record, ...rest, storage_locations: places, updated_at, node: from }
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Returns a text that is the same for the same value, whatever the order of its keys. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, own: unknown) =>
    typeof own === 'object' && own !== null && !Array.isArray(own)
      ? Object.fromEntries(Object.entries(own).sort(([a], [b]) => compareTexts(a, b)))
      : own
  ) ?? ''
