/**
 * Footers of Parquet files. Files of one schema, one behind the other, are one Parquet file once a footer
 * follows them that has all their row groups: readers go by offsets and leave out what lies between.
 * Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import { equalBytes, utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import {
  readThrift,
  ThriftType,
  writeThrift,
  type ThriftList,
  type ThriftStruct
} from '../formats/thrift-compact.js'

const MAGIC = utf8('PAR1')
/** Magic bytes and length behind a footer. */
export const TAIL = 8

/** Fields by their numbers in parquet.thrift. */
const FILE = { schema: 2, rows: 3, groups: 4 } as const
const GROUP = { columns: 1, fileOffset: 5 } as const
const CHUNK = { fileOffset: 2, meta: 3, offsetIndex: 4, columnIndex: 6 } as const
const META = { path: 3, dataPage: 9, indexPage: 10, dictionaryPage: 11, statistics: 12, bloomFilter: 14 } as const // prettier-ignore
const STATISTICS = { nulls: 3 } as const

/** How many values of a column are null; undefined where the writer did not count. */
export interface ColumnStatistics {
  readonly name: string
  readonly nulls?: number
}

/** Columns of which statistics are kept; those of a wider table are in its footers alone. */
const MAX_STATISTICS = 64

/** Returns whether the last bytes of a file are those of Parquet. */
export const isParquetTail = (tail: Uint8Array): boolean =>
  tail.length === TAIL && equalBytes(tail.subarray(4), MAGIC)

/** Returns the length of a footer from the last bytes of a file. @throws CORRUPT_FORMAT. */
export function footerLength(tail: Uint8Array): number {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  if (!isParquetTail(tail))
    throw new KitError('CORRUPT_FORMAT', 'it does not end as a Parquet file does')
  return view.getUint32(0, true)
}

export class ParquetFooter {
  readonly #fields: ThriftStruct

  /** @throws CORRUPT_FORMAT. */
  constructor(bytes: Uint8Array) {
    this.#fields = readThrift(bytes)
  }

  /** @throws CORRUPT_FORMAT where it does not say it. */
  get rows(): number {
    const rows = Number(this.#fields.get(FILE.rows)?.value)
    if (!Number.isSafeInteger(rows) || rows < 0) throw new KitError('CORRUPT_FORMAT', 'a Parquet footer has no count of rows') // prettier-ignore
    return rows
  }

  get #groups(): ThriftStruct[] {
    const field = this.#fields.get(FILE.groups)
    if (field === undefined)
      throw new KitError('CORRUPT_FORMAT', 'a Parquet footer has no row groups')
    return (field.value as ThriftList).items as ThriftStruct[]
  }

  /** Returns whether both have the same columns, so that one footer can hold both. */
  fits(other: ParquetFooter): boolean {
    const schema = (one: ParquetFooter): Uint8Array =>
      writeThrift(new Map([[FILE.schema, one.#fields.get(FILE.schema)!]]))
    return equalBytes(schema(this), schema(other))
  }

  /** Returns the nulls of each column. */
  statistics(): ColumnStatistics[] {
    const nulls = new Map<string, number | undefined>()
    for (const group of this.#groups)
      for (const chunk of (group.get(GROUP.columns)!.value as ThriftList).items as ThriftStruct[]) {
        const meta = chunk.get(CHUNK.meta)!.value as ThriftStruct
        const path = (meta.get(META.path)!.value as ThriftList).items as Uint8Array[]
        const name = path.map((one) => Buffer.from(one).toString()).join('.')
        const counted = (meta.get(META.statistics)?.value as ThriftStruct | undefined)?.get(STATISTICS.nulls) // prettier-ignore
        const before = nulls.has(name) ? nulls.get(name) : 0
        nulls.set(name, counted === undefined || before === undefined ? undefined : before + Number(counted.value)) // prettier-ignore
      }
    return [...nulls]
      .slice(0, MAX_STATISTICS)
      .map(([name, count]) => (count === undefined ? { name } : { name, nulls: count }))
  }

  /** Moves all that it says of places by a number of bytes. */
  #move(by: bigint): void {
    for (const group of this.#groups) {
      moveFields(group, [GROUP.fileOffset], by)
      for (const chunk of (group.get(GROUP.columns)!.value as ThriftList).items as ThriftStruct[]) {
        moveFields(chunk, [CHUNK.fileOffset, CHUNK.offsetIndex, CHUNK.columnIndex], by)
        moveFields(chunk.get(CHUNK.meta)!.value as ThriftStruct, [META.dataPage, META.indexPage, META.dictionaryPage, META.bloomFilter], by) // prettier-ignore
      }
    }
  }

  /**
   * Returns what has to follow some files to make them one.
   * @param parts footers, which are used up, and where their files begin.
   */
  static join(
    parts: readonly { readonly footer: ParquetFooter; readonly offset: number }[]
  ): Uint8Array {
    // prettier-ignore
    let rows = 0n
    const groups: ThriftStruct[] = []
    for (const { footer, offset } of parts) {
      footer.#move(BigInt(offset))
      groups.push(...footer.#groups)
      rows += BigInt(footer.rows)
    }
    const fields: ThriftStruct = new Map(parts[0]!.footer.#fields)
    fields.set(FILE.rows, { type: ThriftType.I64, value: rows })
    fields.set(FILE.groups, { type: ThriftType.LIST, value: { type: ThriftType.STRUCT, items: groups } }) // prettier-ignore
    const body = writeThrift(fields)
    const all = new Uint8Array(body.length + TAIL)
    all.set(body)
    new DataView(all.buffer).setUint32(body.length, body.length, true)
    all.set(MAGIC, body.length + 4)
    return all
  }
}

/** Moves places; zero, and a field that is absent, is no place. */
function moveFields(struct: ThriftStruct, ids: readonly number[], by: bigint): void {
  for (const id of ids) {
    const field = struct.get(id)
    if (typeof field?.value === 'bigint' && field.value > 0n) field.value += by
  }
}
