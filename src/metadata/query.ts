/** Answers predicates, and searches of text, from the index. */
import { KitError } from '../core/errors.js'
import { fieldPath, type FieldPath } from './field-path.js'
import type { MetadataIndex } from './metadata-index.js'
import type { Partition } from './partition.js'
import { compare, predicateOf, type Condition, type Predicate } from './predicate.js'
import type { IndexRecord } from './record.js'
import { folded, searchedTexts, type SearchedField } from './searched-text.js'

export interface IndexQuery {
  readonly where: readonly Predicate[]
  /** Text that one of the fields has, whatever its case; undefined where none is searched for. */
  readonly text?: TextSearch | undefined
  readonly order?: Order | undefined
  /** Most records that are returned. */
  readonly limit: number
}

export interface TextSearch {
  readonly text: string
  readonly fields: readonly SearchedField[]
}

export interface Order {
  readonly path: FieldPath
  readonly isDescending: boolean
}

/** Answers queries over the partitions in another way, where they are large. */
export interface LargeQueries {
  /** Rows of the partitions from which on it is asked; by default 20,000. */
  readonly from?: number
  /**
   * Returns the CIDs of the first records in the order asked for, in any order; with `limit` Infinity all.
   * @throws TOO_LARGE for more than are kept in memory.
   */
  cids(index: MetadataIndex, query: IndexQuery, signal: AbortSignal): Promise<readonly string[]>
  count(index: MetadataIndex, where: readonly Predicate[], signal: AbortSignal): Promise<number>
}

/** Rows of the partitions up to which they are looked through one by one. */
const FEW = 20_000

/** Most records that a filter may leave for a search of them one by one. */
const SELECTIVE = 5000

/** @throws USAGE. */
export const predicatesOf = (conditions: readonly Condition[]): readonly Predicate[] =>
  conditions.map(predicateOf)

/** Parses `field` or `field:desc`. @throws USAGE for a field that is no one value. */
export function orderOf(text: string): Order {
  const [, field = text, direction = 'asc'] = /^(.*?):(asc|desc)$/i.exec(text) ?? []
  const path = fieldPath(field)
  if (['list', 'map', 'struct'].includes(path.type.kind))
    throw new KitError('USAGE', `the index cannot be sorted by "${field}", which has many values`)
  return { path, isDescending: direction.toLowerCase() === 'desc' }
}

/**
 * Returns the records that meet a query, in the order that it asks for, else in that of their CIDs.
 * @throws TOO_LARGE; STALE where partitions were replaced meanwhile, so that it has to be asked of the new ones.
 */
export async function findRecords(
  index: MetadataIndex,
  query: IndexQuery,
  large: LargeQueries | undefined,
  signal: AbortSignal
): Promise<readonly IndexRecord[]> {
  const exact = exactCid(query.where)
  if (exact !== undefined) {
    const record = index.get(exact)
    return record !== undefined && query.limit > 0 && isMet(record, query) ? [record] : []
  }
  const order = comparison(query.order)
  const base = await unchangedRecords(index, query, large, signal)
  // Afterwards, as records may change while others are looked for.
  const changed = [...changedRecords(index, query)]
  return [...base, ...changed].sort(order).slice(0, query.limit)
}

/** Returns how many records meet predicates. @throws STALE as `findRecords`. */
export async function countRecords(
  index: MetadataIndex,
  query: IndexQuery,
  large: LargeQueries | undefined,
  signal: AbortSignal
): Promise<number> {
  if (large === undefined || query.text !== undefined || index.tableRows <= (large.from ?? FEW))
    return (await findRecords(index, { ...query, limit: Infinity }, large, signal)).length
  let count = await steadily(index, () => large.count(index, query.where, signal))
  let looked = 0
  for (const cid of index.changedCids()) {
    if ((looked++ & 1023) === 0) signal.throwIfAborted()
    const before = index.before(cid)
    const after = index.get(cid)
    if (before !== undefined && isMet(before, query)) count--
    if (after !== undefined && isMet(after, query)) count++
  }
  return count
}

const exactCid = (where: readonly Predicate[]): string | undefined => {
  const found = where.find(({ path, exact }) => path.text === 'cid' && typeof exact === 'string')
  return found?.exact as string | undefined
}

function isMet(record: IndexRecord, { where, text }: IndexQuery): boolean {
  return (
    where.every(({ matches }) => matches(record)) && (text === undefined || hasText(record, text))
  )
}

function hasText(record: IndexRecord, { text, fields }: TextSearch): boolean {
  const wanted = folded(text)
  for (const own of searchedTexts(record, fields)) if (own.includes(wanted)) return true
  return false
}

function* changedRecords(index: MetadataIndex, query: IndexQuery): Iterable<IndexRecord> {
  const { text } = query
  const records = index.changed(text === undefined ? [] : [folded(text.text)])
  for (const record of records) if (isMet(record, query)) yield record
}

async function unchangedRecords(
  index: MetadataIndex,
  query: IndexQuery,
  large: LargeQueries | undefined,
  signal: AbortSignal
): Promise<readonly IndexRecord[]> {
  if (large === undefined || index.tableRows <= (large.from ?? FEW))
    return [...baseRecords(index, query, signal)]
  if (query.text === undefined) return await fromLarge(index, query, large, signal)
  const searched = await fromFilter(index, query, query.text, large, signal)
  return searched ?? [...baseRecords(index, query, signal)]
}

/**
 * Searches what a filter leaves, where that is little and the words are in many rows.
 * @returns undefined where it is not.
 */
async function fromFilter(
  index: MetadataIndex,
  { where }: IndexQuery,
  text: TextSearch,
  large: LargeQueries,
  signal: AbortSignal
): Promise<readonly IndexRecord[] | undefined> {
  if (where.length === 0 || rowsWith(index, text) <= (large.from ?? FEW)) return undefined
  const most = SELECTIVE + index.pending
  const cids = await steadily(index, () => large.cids(index, { where, limit: most + 1 }, signal))
  if (cids.length > most) return undefined
  return cids
    .filter((cid) => !index.isChanged(cid))
    .flatMap((cid) => index.before(cid) ?? [])
    .filter((record) => hasText(record, text))
}

/** Returns how many rows may have a text. */
function rowsWith(index: MetadataIndex, { text }: TextSearch): number {
  const wanted = folded(text)
  return index.partitions.reduce(
    (sum, { words, count }) => sum + (words?.rowsOf(wanted)?.length ?? count),
    0
  )
}

async function fromLarge(
  index: MetadataIndex,
  query: IndexQuery,
  large: LargeQueries,
  signal: AbortSignal
): Promise<readonly IndexRecord[]> {
  // Some of them may have changed since.
  const limit = query.limit + index.pending
  const cids = await steadily(index, () => large.cids(index, { ...query, limit }, signal))
  const unchanged = cids.filter((cid) => !index.isChanged(cid))
  // More of them changed meanwhile than were asked for in their stead.
  if (unchanged.length < query.limit && cids.length === limit)
    return await fromLarge(index, query, large, signal)
  return unchanged.flatMap((cid) => index.before(cid) ?? [])
}

/**
 * Returns an answer that was read from the files of partitions by their names, where they are those that are mapped.
 * @throws STALE where they were replaced.
 */
async function steadily<T>(index: MetadataIndex, ask: () => Promise<T>): Promise<T> {
  const { partitions } = index
  const isSame = (): boolean => index.partitions === partitions && index.isCurrent
  const answer = await ask().catch((cause: unknown) => {
    throw isSame() ? cause : replaced(index, cause)
  })
  if (isSame()) return answer
  throw replaced(index)
}

const replaced = ({ files }: MetadataIndex, cause?: unknown): KitError =>
  new KitError('STALE', `${files.folder} was replaced while it was asked; ask again`, { cause })

/** Yields the records of the partitions that meet a query and did not change since. */
function* baseRecords(
  index: MetadataIndex,
  query: IndexQuery,
  signal: AbortSignal
): Iterable<IndexRecord> {
  // In the order of CIDs nothing behind the last one that is wanted has to be looked at.
  let left = query.order === undefined ? query.limit : Infinity
  if (left === 0) return
  for (const partition of index.partitions)
    for (const row of rowsFor(partition, query.text)) {
      if ((row & 1023) === 0) signal.throwIfAborted()
      const record = partition.record(row)
      if (index.isChanged(record.cid) || !isMet(record, query)) continue
      yield record
      if (--left <= 0) return
    }
}

function rowsFor(partition: Partition, search: TextSearch | undefined): Iterable<number> {
  const words = search === undefined ? undefined : partition.words
  return words?.withText(folded(search!.text)) ?? everyRow(partition)
}

function* everyRow({ count }: Partition): Iterable<number> {
  for (let row = 0; row < count; row++) yield row
}

/** Compares records; what has no value comes last. */
function comparison(order: Order | undefined): (a: IndexRecord, b: IndexRecord) => number {
  if (order === undefined) return (a, b) => compare(a.cid, b.cid)
  const { path, isDescending } = order
  return (a, b) => {
    const own = path.get(a)
    const other = path.get(b)
    if (own === null || other === null)
      return own === other ? compare(a.cid, b.cid) : own === null ? 1 : -1
    const found = compare(own, other)
    return found === 0 ? compare(a.cid, b.cid) : isDescending ? -found : found
  }
}
