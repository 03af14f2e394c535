/**
 * Writes that an older installation had not finished: content that may lie nowhere else, and operations on
 * backends that were still to be done. Forms are recognised by their bytes.
 */
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DAG_CBOR } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { readParquetGroups, type ParquetRow } from '../core/read-parquet.js'
import { decodeValue } from '../formats/ipld-value.js'
import { carDialect } from './legacy-car.js'

/** Content that was to be written. */
export interface LegacyWrite {
  /** The CID under which it was kept; older installations invented some. */
  readonly cid: string
  /** A name for people; empty where there is none. */
  readonly name: string
  /** All its files. */
  readonly files: readonly string[]
  /** A real CAR, the bytes of a file, or undefined where nobody knows what the files hold. */
  readonly content:
    { readonly archive: string } | { readonly bytes: () => AsyncIterable<Uint8Array> } | undefined
}

/** A copy that was to be stored or removed. */
export interface LegacyOperation {
  readonly cid: string
  readonly backend: string
  readonly isRemoval: boolean
}

const namesIn = (folder: string): string[] => (ifPresent(() => readdirSync(folder)) ?? []).sort()

/** Returns the writes of `wal/car` and `wal/pins/pending`. @throws CORRUPT_FORMAT naming a file. */
export async function legacyWrites(home: string): Promise<LegacyWrite[]> {
  const cars = join(home, 'wal', 'car')
  const pins = join(home, 'wal', 'pins', 'pending')
  const written = stemsOf(cars, ['.car', '.content', '.car.content']).map((stem) => {
    const files = filesOf(cars, stem, ['.car', '.content', '.car.content'])
    const cid = /^wal_\d+_(.+)$/.exec(stem)?.[1] ?? stem
    return { cid, name: '', files, content: contentOf(files) }
  })
  const pinned = stemsOf(pins, ['.content', '.parquet']).map(async (stem) => {
    const files = filesOf(pins, stem, ['.parquet', '.content'])
    const table = files.find((file) => file.endsWith('.parquet'))
    const row = table === undefined ? undefined : await firstRow(table)
    return { cid: stem, name: textIn(row, 'name') ?? '', files, content: contentOf(files) }
  })
  return [...written, ...(await Promise.all(pinned))]
}

/** Returns the names of files without their ends. */
function stemsOf(folder: string, ends: readonly string[]): string[] {
  const stems = namesIn(folder).flatMap((name) => {
    const end = ends.filter((one) => name.endsWith(one)).sort((a, b) => b.length - a.length)[0]
    return end === undefined ? [] : name.slice(0, -end.length)
  })
  return [...new Set(stems)]
}

const filesOf = (folder: string, stem: string, ends: readonly string[]): string[] =>
  ends.map((end) => join(folder, stem + end)).filter((path) => existsSync(path))

function contentOf(files: readonly string[]): LegacyWrite['content'] {
  const plain = files.find((file) => file.endsWith('.content'))
  if (plain !== undefined) return { bytes: () => createReadStream(plain) }
  const car = files.find((file) => file.endsWith('.car'))
  if (car === undefined) return undefined
  const dialect = carDialect(car)
  if (dialect === 'car') return { archive: car }
  const hex = dialect === 'framed' ? framedContent(car) : dialect === 'json' ? jsonContent(car) : undefined // prettier-ignore
  if (hex === undefined) return undefined
  return {
    bytes: async function* () {
      yield Buffer.from(hex, 'hex')
    }
  }
}

const HEX = /^(?:[0-9a-f]{2})*$/i

/** Returns the hexadecimal content of a root behind a header, each behind a length of four bytes. */
function framedContent(path: string): string | undefined {
  const bytes = readFileSync(path)
  const header = bytes.length < 4 ? 0 : bytes.readUInt32BE(0)
  const at = 4 + header
  if (bytes.length < at + 4) return undefined
  const length = bytes.readUInt32BE(at)
  try {
    const root = decodeValue(DAG_CBOR, bytes.subarray(at + 4, at + 4 + length))
    return hexIn(root)
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}

/** Returns the content of a document with one block; of several nobody knows how they belong together. */
function jsonContent(path: string): string | undefined {
  try {
    const { blocks } = JSON.parse(readFileSync(path, 'utf8')) as { readonly blocks?: unknown }
    const all = typeof blocks === 'object' && blocks !== null ? Object.values(blocks) : []
    return all.length === 1 ? hexIn(all[0]) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function hexIn(value: unknown): string | undefined {
  const content = (value as { readonly content?: unknown } | null)?.content
  return typeof content === 'string' && HEX.test(content) ? content : undefined
}

async function firstRow(path: string): Promise<ParquetRow | undefined> {
  for await (const rows of readParquetGroups(path)) if (rows.length > 0) return rows[0]
  return undefined
}

export function textIn(row: ParquetRow | undefined, column: string): string | undefined {
  const value = row?.[column]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** States of an older log in which something was still to be done. */
const OPEN = new Set(['pending', 'processing', 'running', 'in_progress', 'retrying'])

/** Returns the files of an older log. */
export const legacyPartitions = (home: string): string[] => {
  const folder = join(home, 'wal', 'partitions')
  return namesIn(folder).filter((name) => /^wal_.*\.parquet$/.test(name)).map((name) => join(folder, name)) // prettier-ignore
}

/**
 * Returns what an older log has of operations that were still to be done: of one that stands in several
 * rows, the last one counts. @throws CORRUPT_FORMAT naming a file.
 */
export async function legacyOperations(home: string): Promise<LegacyOperation[]> {
  const last = new Map<string, ParquetRow>()
  let nameless = 0
  for (const path of legacyPartitions(home))
    for await (const rows of readParquetGroups(path))
      for (const row of rows) last.set(textIn(row, 'operation_id') ?? `#${nameless++}`, row)
  return [...last.values()].flatMap((row) => {
    const parameters = parametersOf(row['parameters'])
    const backend = textIn(row, 'backend')
    const cid = parameters.get('cid') ?? parameters.get('hash') ?? textIn(row['result'] as ParquetRow | undefined, 'cid') // prettier-ignore
    if (!OPEN.has(textIn(row, 'status') ?? '') || backend === undefined || cid === undefined)
      return []
    const type = textIn(row, 'operation_type') ?? ''
    return { cid, backend, isRemoval: /unpin|remove|delete|^rm$/.test(type) }
  })
}

/** Returns parameters, which are a map, a list of pairs, an object, or JSON of one. */
function parametersOf(value: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const plain = typeof value === 'string' ? jsonOf(value) : value
  const entries: unknown[] = Array.isArray(plain) ? plain : Object.entries(plain ?? {})
  for (const entry of entries) {
    const pair = entry as { readonly key?: unknown; readonly value?: unknown }
    const [name, text] = Array.isArray(entry) ? (entry as unknown[]) : [pair.key, pair.value]
    if (typeof name === 'string' && typeof text === 'string') found.set(name, text)
  }
  return found
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
