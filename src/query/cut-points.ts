/**
 * Where a table is cut: by its rows alone, so that rows that come or go move the cuts near them and no
 * others. A cut lies behind a row whose hash says so, not too soon after the last one and not too late.
 */
import type { CutRule } from './ports.js'

/** Returns the rows of a part on average, a power of two. @param bytes of all values. */
export function rowsPerPart(rule: CutRule, rows: number, bytes: number): number {
  const fitting = bytes === 0 ? rule.mostRows : powerBelow((rule.mostBytes / bytes) * rows)
  const most = Math.max(1, Math.min(rule.mostRows, fitting))
  return Math.max(Math.min(rule.leastRows, most), Math.min(most, powerBelow(rows / rule.parts)))
}

const powerBelow = (value: number): number =>
  value < 1 ? 1 : 2 ** Math.min(50, Math.floor(Math.log2(value)))

/** The divisor of hashes: a row whose hash it divides may end a part. */
export const hashDivisor = (perPart: number): number => Math.max(1, perPart / 2)

/**
 * Returns the ends of the parts of rows `from` to `to`.
 * @param candidates rows in order that may end a part.
 */
export function cutPoints(
  candidates: readonly number[],
  perPart: number,
  from: number,
  to: number
): number[] {
  const cuts: number[] = []
  let last = from
  for (const row of candidates) {
    const end = row + 1
    if (end <= from) continue
    if (end >= to) break
    for (; end - last > 2 * perPart; cuts.push(last)) last += 2 * perPart
    if (end - last < perPart / 2) continue
    cuts.push(end)
    last = end
  }
  for (; to - last > 2 * perPart; cuts.push(last)) last += 2 * perPart
  return to > last || to === from ? [...cuts, to] : cuts
}
