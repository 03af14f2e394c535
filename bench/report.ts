/** What was measured, as a table for people and as JSON for programs. */
import { table } from '../src/cli/table.js'

export interface Row {
  readonly what: string
  /** The figure with its unit, as people read it. */
  readonly figure: string
  /** The baseline of the same run and the ratio to it, larger being better. */
  readonly baseline?: string
  readonly ratio?: number
  /** The limit that the figure is held against, and whether it holds. */
  readonly target?: string
  readonly reached?: boolean
  readonly peakBytes?: number
}

export const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`
export const perSecond = (count: number, seconds: number, unit: string): string =>
  `${Math.round(count / seconds).toLocaleString('en-US')} ${unit}/s`

const HEAD = ['', 'ours', 'peak memory', 'baseline', 'ratio']

/** @param show.targets whether the sizes are those that the targets are meant for. */
export function printTable(rows: readonly Row[], show: { readonly targets: boolean }): void {
  const cells = rows.map((row) => [
    row.what,
    row.figure,
    row.peakBytes === undefined ? '' : mebibytes(row.peakBytes),
    row.baseline ?? '',
    row.ratio === undefined ? '' : `${row.ratio.toFixed(2)} ×`,
    ...(show.targets ? [row.target ?? '', verdict(row)] : [])
  ])
  const head = show.targets ? [...HEAD, 'target', ''] : HEAD
  for (const line of table([head, ...cells], [1, 2, 3, 4])) console.log(line.trimEnd())
}

const verdict = ({ reached }: Row): string =>
  reached === undefined ? '' : reached ? 'reached' : 'MISSED'
