/** Reads the pair of a backend: the Parquet file, and the CAR beside it. For checks and for building the table anew. */
import { closeSync, openSync } from 'node:fs'
import { DAG_CBOR, verifyBlock } from '../core/cid.js'
import { fileSource } from '../core/byte-source.js'
import { KitError, toKitError } from '../core/errors.js'
import { READ_FLAGS } from '../core/read-file.js'
import { readParquetGroups } from '../core/read-parquet.js'
import { CarReader } from '../formats/car-reader.js'
import { asLink, decodeValue } from '../formats/ipld-value.js'
import { CAR_FORMAT, CAR_VERSION } from './mapping-car.js'
import { COLUMNS, type Column, type Row } from './mapping.js'

const damaged = (path: string, reason: string, cause?: unknown): KitError =>
  new KitError('CORRUPT_FORMAT', `${path} is damaged: ${reason}`, { cause })

/**
 * Reads the rows of a Parquet file, in its order. Columns may be strings of any width, timestamps, or
 * of no type where there are no rows.
 * @throws CORRUPT_FORMAT naming the file.
 */
export async function readParquet(path: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const group of readParquetGroups(path))
    for (const object of group) rows.push(rowOf(path, object))
  return rows
}

function rowOf(path: string, value: Readonly<Record<string, unknown>>): Row {
  const row: Partial<Record<Column, string>> = {}
  for (const column of COLUMNS) {
    // Older installations left out what they knew nothing of.
    const text = textOf(value[column]) ?? (column === 'metadata' ? '{}' : undefined)
    if (text === undefined) throw damaged(path, `a row has no ${column}`)
    row[column] = text
  }
  return row as Row
}

/** Returns the text of a value; undefined where there is none. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (value === null || value === undefined) return undefined
  return JSON.stringify(value)
}

/**
 * Reads the rows of a CAR, in its order, and verifies every block.
 * @throws CORRUPT_FORMAT, INTEGRITY naming the file.
 */
export function readMappingCar(path: string): Row[] {
  const fd = openSync(path, READ_FLAGS)
  try {
    const reader = new CarReader(fileSource(fd))
    const blocks = new Map<string, unknown>()
    for (const { cid, block } of reader.sections()) {
      verifyBlock(cid, block)
      if (cid.codec === DAG_CBOR) blocks.set(String(cid), decodeValue(DAG_CBOR, block))
    }
    const [root] = reader.header.roots
    return rowsBelow(path, root === undefined ? undefined : blocks.get(String(root)), blocks)
  } catch (error) {
    const { code, message } = toKitError(error)
    throw new KitError(code, message.startsWith(path) ? message : `${path}: ${message}`, { cause: error }) // prettier-ignore
  } finally {
    closeSync(fd)
  }
}

function rowsBelow(path: string, root: unknown, blocks: ReadonlyMap<string, unknown>): Row[] {
  const value = root as
    | { readonly format?: unknown; readonly version?: unknown; readonly pin_mappings?: unknown }
    | undefined
  checkVersion(path, value?.version)
  if (value?.format !== CAR_FORMAT || !Array.isArray(value.pin_mappings))
    throw damaged(path, `its root is no ${CAR_FORMAT}`)
  return value.pin_mappings.flatMap((link: unknown) => {
    const cid = asLink(link)
    const mappings = cid === undefined ? undefined : blocks.get(String(cid))
    if (!Array.isArray(mappings))
      throw damaged(path, `the block ${cid ?? '?'} of its mappings is missing`)
    return mappings.map((mapping: Readonly<Record<string, unknown>>) => rowOf(path, mapping))
  })
}

/** A later minor version adds what this program may leave out; a later major one may mean all else. */
function checkVersion(path: string, version: unknown): void {
  const major = typeof version === 'string' ? Number(/^(\d+)\./.exec(version)?.[1]) : Number.NaN
  if (!(major > Number.parseInt(CAR_VERSION, 10))) return
  throw new KitError('NEWER_FORMAT', `${path} is of version ${version}, newer than this program, which changes nothing of it; upgrade ipfs-kit`) // prettier-ignore
}

/** Most rows that a message names. */
const NAMED = 10

/** Returns which rows of two files differ, in words; none where both hold the same. */
export function differences(parquet: readonly Row[], car: readonly Row[]): string[] {
  const others = new Map(car.map((row) => [row.cid, row]))
  const found: string[] = []
  for (const row of parquet) {
    const other = others.get(row.cid)
    others.delete(row.cid)
    if (other === undefined) found.push(`${row.cid} stands in the Parquet file alone`)
    else
      for (const column of COLUMNS)
        if (row[column] !== other[column])
          found.push(
            `${row.cid} has ${column} "${row[column]}" in the Parquet file and "${other[column]}" in the CAR`
          )
  }
  for (const cid of others.keys()) found.push(`${cid} stands in the CAR alone`)
  return found.length > NAMED
    ? [...found.slice(0, NAMED), `and ${found.length - NAMED} more`]
    : found
}
