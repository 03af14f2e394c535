/** What was measured, as a table for people and as JSON for programs. */
import { table } from '../src/cli/table.js'
import { median } from './measure.js'

/** Times and `MiB` are the better the smaller they are, all others the larger. */
export type Unit =
  'MB/s' | 'reads/s' | 'files/s' | 'appends/s' | 'pins/s' | '%' | 'ms' | 'µs' | 'MiB'

/** One thing that was measured, for everybody it was measured for. */
export interface Row {
  readonly what: string
  readonly unit: Unit
  /** By name, ours first: a value for each round. */
  readonly values: ReadonlyMap<string, readonly number[]>
}

/** A promise about the figures: by how much one of them has to be better than another. */
export interface Target {
  readonly what: string
  readonly ours: string
  /** A name to compare with, or a limit in the row's unit. */
  readonly against: string | number
  /** At least this many times as good; 1 for a limit. */
  readonly factor: number
}

const smallerIsBetter = (unit: Unit): boolean => unit === 'ms' || unit === 'µs' || unit === 'MiB'

const formatted = (value: number, unit: Unit): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 10 && unit !== 'reads/s' ? 1 : 0 })

/** How many times as good one value is as another. */
const times = (unit: Unit, ours: number, other: number): number =>
  smallerIsBetter(unit) ? other / ours : ours / other

/** Medians, a column for each name. */
export function printFigures(rows: readonly Row[]): void {
  const names = [...new Set(rows.flatMap(({ values }) => [...values.keys()]))]
  const cells = rows.map(({ what, unit, values }) => [
    what,
    unit,
    ...names.map((name) => {
      const known = values.get(name)
      return known === undefined ? '' : formatted(median(known), unit)
    })
  ])
  const right = names.map((_, i) => i + 2)
  for (const line of table([['', '', ...names], ...cells], right)) console.log(line.trimEnd())
}

/** How many times as good ours is as somebody it is held against, in one row. */
export interface Ratio {
  readonly what: string
  readonly ours: string
  readonly against: string
  readonly ratio: number
}

/** @param pairs names of ours, each with the one to hold it against. */
export const beside = (rows: readonly Row[], pairs: Readonly<Record<string, string>>): Ratio[] =>
  rows.flatMap(({ what, unit, values }) =>
    // A program without a runtime of its own takes next to no memory.
    Object.entries(unit === 'MiB' ? {} : pairs).flatMap(([ours, against]) => {
      const [own, other] = [values.get(ours), values.get(against)]
      if (own === undefined || other === undefined) return []
      return [{ what, ours, against, ratio: times(unit, median(own), median(other)) }]
    })
  )

/** A line for each row, a column for each pair. */
export function printRatios(ratios: readonly Ratio[]): void {
  const pairs = [...new Set(ratios.map(({ ours, against }) => `${ours} : ${against}`))]
  const rows = [...new Set(ratios.map(({ what }) => what))]
  const cells = rows.map((row) => [
    row,
    ...pairs.map((pair) => {
      const found = ratios.find(
        ({ what, ours, against }) => what === row && `${ours} : ${against}` === pair
      )
      return found === undefined ? '' : `${found.ratio.toFixed(2)} ×`
    })
  ])
  for (const line of table([['', ...pairs], ...cells], [1, 2])) console.log(line.trimEnd())
}

export interface Verdict extends Target {
  readonly unit: Unit
  /** How many times as good as what it is held against. */
  readonly ratio: number
  readonly reached: boolean
}

/** Targets whose figures are there. */
export function judge(rows: readonly Row[], targets: readonly Target[]): Verdict[] {
  return targets.flatMap((target) => {
    const row = rows.find(({ what }) => what === target.what)
    const ours = row?.values.get(target.ours)
    const other =
      typeof target.against === 'number' ? [target.against] : row?.values.get(target.against)
    if (row === undefined || ours === undefined || other === undefined) return []
    const ratio = times(row.unit, median(ours), median(other))
    return [{ ...target, unit: row.unit, ratio, reached: ratio >= target.factor }]
  })
}

export function printVerdicts(verdicts: readonly Verdict[]): void {
  const cells = verdicts.map(({ what, ours, against, factor, unit, ratio, reached }) => [
    what,
    ours,
    typeof against === 'number' ? `${formatted(against, unit)} ${unit}` : against,
    `${ratio.toFixed(2)} ×`,
    typeof against === 'number' ? '' : `≥ ${Number(factor.toFixed(2))} ×`,
    reached ? 'reached' : 'MISSED'
  ])
  const head = ['', '', 'against', 'ratio', 'target', '']
  for (const line of table([head, ...cells], [3, 4])) console.log(line.trimEnd())
}

/** Medians and every value, for programs. */
export const toJson = (
  rows: readonly Row[],
  ratios: readonly Ratio[],
  verdicts: readonly Verdict[],
  about: object
): string =>
  JSON.stringify(
    {
      ...about,
      figures: rows.map(({ what, unit, values }) => ({
        what,
        unit,
        medians: Object.fromEntries([...values].map(([name, all]) => [name, median(all)])),
        values: Object.fromEntries(values)
      })),
      ratios,
      targets: verdicts
    },
    null,
    2
  )
