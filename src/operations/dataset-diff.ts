/**
 * Compares two versions by their rows, as bags: those that only one has are lost, or gained. Parts that both have
 * make no difference of bags, and are left out. By a key, what is lost and what is gained is paired.
 */
import { KitError } from '../core/errors.js'
import type { Column, PartRecord, Version } from '../datasets/version-block.js'
import type { JsonValue, TableSource } from '../query/ports.js'
import type { ContentView } from './content-view.js'
import { datasetSource } from './dataset-local.js'
import { quotedName } from './dataset-rows.js'
import { findVersion, keyOf, partsOf, type FoundVersion } from './dataset-versions.js'
import { withDatasetWork, type DatasetWork } from './dataset-work.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import { withContent } from './with-content.js'

export interface DatasetDiffRequest {
  /** `NAME[@VERSION]`, or the CIDs of versions. */
  readonly from: string
  /**
   * By default the newest version of the dataset; without it, and where `from` says no version, its
   * newest version is compared with its parent.
   */
  readonly to?: string | undefined
  /** Columns that tell rows apart; by default the key of the newer version, else of the older, else whole rows count. */
  readonly key?: readonly string[] | undefined
  /** Most rows of each kind that are given; by default 100. */
  readonly limit?: number | undefined
}

type Row = Readonly<Record<string, JsonValue>>

export interface DatasetDiff {
  readonly from: string
  readonly to: string
  readonly key: readonly string[]
  /** Columns that only one has, or whose types differ. */
  readonly columns: {
    readonly added: readonly Column[]
    readonly removed: readonly Column[]
    readonly changed: readonly { readonly name: string; readonly from: string; readonly to: string }[] // prettier-ignore
  }
  /**
   * Numbers of rows; `added - removed` is what the newer has more. A row is changed where another one
   * of its key takes its place; without a key none is changed: it is removed and added. Where several rows have one
   * key, as many of them are changed as were lost and gained; a row that is the same in both is none of them.
   */
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly rows: {
    readonly added: readonly Row[]
    readonly removed: readonly Row[]
    readonly changed: readonly { readonly from: Row; readonly to: Row }[]
  }
}

const LIMIT = 100

/** @throws INVALID_ARGUMENT for a key that is no column of both or a version without a parent, and as `findVersion`. */
export const datasetDiff: Operation<DatasetDiffRequest, DatasetDiff> = (services, request, run) =>
  withContent(services, run, true, async (view) => {
    const { from, to } = await versionsOf(services.home, view, request)
    const key = request.key ?? keyOf(to.version) ?? keyOf(from.version) ?? []
    const columns = changesOf(from.version.schema, to.version.schema)
    const both = to.version.schema.filter(({ name }) => from.version.schema.some((one) => one.name === name)).map(({ name }) => name) // prettier-ignore
    if (both.length === 0) throw new KitError('INVALID_ARGUMENT', `${request.from} and ${request.to ?? 'its other version'} have no column in common, so that no rows can be compared; \`dataset show\` tells the columns of each`) // prettier-ignore
    for (const name of key)
      if (!both.includes(name)) throw new KitError('INVALID_ARGUMENT', `"${name}" is no column of both versions, so it cannot be a key`) // prettier-ignore
    const rows = await withDatasetWork(services.home, (work) =>
      new Comparison(view, work, run, both, key, request.limit ?? LIMIT).run(
        from.version,
        to.version
      )
    )
    return { from: String(from.cid), to: String(to.cid), key, columns, ...rows }
  })

async function versionsOf(
  home: string,
  view: ContentView,
  { from, to }: DatasetDiffRequest
): Promise<{ readonly from: FoundVersion; readonly to: FoundVersion }> {
  const first = await findVersion(home, view, from)
  if (to !== undefined) return { from: first, to: await findVersion(home, view, to) }
  // A version by its CID alone is no part of a dataset of this home.
  const isNewest = !from.includes('@')
  if (!isNewest) return { from: first, to: await findVersion(home, view, from.split('@')[0]!) }
  const [parent] = first.version.parents
  if (parent === undefined) throw new KitError('INVALID_ARGUMENT', `${from} has one version only, which there is nothing to compare with`) // prettier-ignore
  return { from: await findVersion(home, view, String(parent)), to: first }
}

function changesOf(from: readonly Column[], to: readonly Column[]): DatasetDiff['columns'] {
  const missing = (all: readonly Column[], from: readonly Column[]): Column[] =>
    all.filter(({ name }) => !from.some((one) => one.name === name))
  const changed = to.flatMap(({ name, type }) => {
    const before = from.find((one) => one.name === name)
    return before === undefined || before.type === type ? [] : [{ name, from: before.type, to: type }] // prettier-ignore
  })
  return { added: missing(to, from), removed: missing(from, to), changed }
}

class Comparison {
  readonly #view: ContentView
  readonly #work: DatasetWork
  readonly #run: Run
  readonly #columns: string
  /** Names of rows of either side, and of their number, which no column has. */
  readonly #older: string
  readonly #newer: string
  readonly #rank: string
  readonly #key: readonly string[]
  readonly #limit: number

  constructor(
    view: ContentView,
    work: DatasetWork,
    run: Run,
    columns: readonly string[],
    key: readonly string[],
    limit: number
  ) {
    // prettier-ignore
    this.#view = view
    this.#work = work
    this.#run = run
    this.#columns = columns.map(quotedName).join(', ')
    this.#older = freeName('older', columns)
    this.#newer = freeName('newer', columns)
    this.#rank = freeName('rank', columns)
    this.#key = key
    this.#limit = limit
  }

  async run(
    from: Version,
    to: Version
  ): Promise<Pick<DatasetDiff, 'added' | 'removed' | 'changed' | 'rows'>> {
    // prettier-ignore
    const [a, b] = [await partsOf(this.#view, from), await partsOf(this.#view, to)]
    const left = await this.#side('a', from, a, b)
    const right = await this.#side('b', to, b, a)
    const tables = [left.table, right.table]
    const [x, y] = [left.text, right.text]
    if (this.#key.length === 0) {
      const added = await this.#rows(`${y} EXCEPT ALL ${x}`, tables)
      const removed = await this.#rows(`${x} EXCEPT ALL ${y}`, tables)
      return { added: added.count, removed: removed.count, changed: 0, rows: { added: added.rows, removed: removed.rows, changed: [] } } // prettier-ignore
    }
    const [older, newer] = [this.#older, this.#newer]
    const same = [...this.#key.map(quotedName), this.#rank].map((name) => `${older}.${name} IS NOT DISTINCT FROM ${newer}.${name}`).join(' AND ') // prettier-ignore
    const [lost, gained] = [this.#ranked(`${x} EXCEPT ALL ${y}`), this.#ranked(`${y} EXCEPT ALL ${x}`)] // prettier-ignore
    const added = await this.#rows(`SELECT ${this.#columns} FROM ${gained} ${newer} WHERE NOT EXISTS (SELECT 1 FROM ${lost} ${older} WHERE ${same})`, tables) // prettier-ignore
    const removed = await this.#rows(`SELECT ${this.#columns} FROM ${lost} ${older} WHERE NOT EXISTS (SELECT 1 FROM ${gained} ${newer} WHERE ${same})`, tables) // prettier-ignore
    const changed = await this.#rows(`SELECT ${older} AS before, ${newer} AS after FROM ${lost} ${older} JOIN ${gained} ${newer} ON ${same}`, tables) // prettier-ignore
    const pairs = changed.rows.map((row) => ({
      from: this.#withoutRank(row['before'] as Row),
      to: this.#withoutRank(row['after'] as Row)
    }))
    return { added: added.count, removed: removed.count, changed: changed.count, rows: { added: added.rows, removed: removed.rows, changed: pairs } } // prettier-ignore
  }

  /** Returns rows with their number among those of their key. */
  #ranked(rows: string): string {
    return `(SELECT *, row_number() OVER (PARTITION BY ${this.#key.map(quotedName).join(', ')} ORDER BY ${this.#columns}) AS ${this.#rank} FROM (${rows}))` // prettier-ignore
  }

  #withoutRank(row: Row): Row {
    return Object.fromEntries(Object.entries(row).filter(([name]) => name !== this.#rank))
  }

  /** Returns a table of the parts that the other side does not have, and the SELECT of its rows. */
  async #side(
    name: string,
    version: Version,
    own: readonly PartRecord[],
    other: readonly PartRecord[]
  ): Promise<{ readonly table: TableSource; readonly text: string }> {
    // prettier-ignore
    const parts = without(own, other)
    const some = parts.length === 0 ? own.slice(0, 1) : parts
    const table = await datasetSource(this.#view, version, this.#work.folder, this.#run, some)
    const text = `(SELECT ${this.#columns} FROM ${name}${parts.length === 0 ? ' LIMIT 0' : ''})`
    return { table: { ...table, name }, text }
  }

  async #rows(
    sql: string,
    tables: readonly TableSource[]
  ): Promise<{ readonly count: number; readonly rows: Row[] }> {
    // prettier-ignore
    const work = { signal: this.#run.signal }
    const counted = await this.#work.sql.select({ sql: `SELECT count(*) FROM (${sql})`, tables, output: { maxRows: 1 } }, work) // prettier-ignore
    const found = await this.#work.sql.select({ sql: `SELECT * FROM (${sql}) ORDER BY ALL LIMIT ${this.#limit}`, tables, output: { maxRows: this.#limit } }, work) // prettier-ignore
    const rows = found.rows.map((row) => Object.fromEntries(found.columns.map(({ name }, i) => [name, row[i] ?? null]))) // prettier-ignore
    return { count: Number(counted.rows[0]![0]), rows }
  }
}

/** Returns a name that no column has; names have no case. */
function freeName(name: string, columns: readonly string[]): string {
  const isTaken = columns.some((one) => one.toLowerCase() === name)
  return isTaken ? freeName(`${name}_`, columns) : name
}

/** Returns the parts without those that the other list has, too, each as often as it has them. */
function without(parts: readonly PartRecord[], other: readonly PartRecord[]): PartRecord[] {
  const idOf = ({ cid, path }: PartRecord): string => `${cid} ${path}`
  const counts = new Map<string, number>()
  for (const part of other) counts.set(idOf(part), (counts.get(idOf(part)) ?? 0) + 1)
  return parts.filter((part) => {
    const left = counts.get(idOf(part)) ?? 0
    if (left > 0) counts.set(idOf(part), left - 1)
    return left === 0
  })
}
