/** Cutting tables: sizes, and that a change moves the cuts near it alone. */
import t from 'tap'
import { cutPoints, hashDivisor, rowsPerPart } from '../../src/query/cut-points.js'
import { CUT } from '../../src/datasets/format.js'

t.test('a part has so many rows that a table has about 128, within bounds', async (t) => {
  t.equal(rowsPerPart(CUT, 0, 0), 4096)
  t.equal(rowsPerPart(CUT, 10_000_000, 640_000_000), 65_536)
  t.equal(rowsPerPart(CUT, 1e9, 1e10), 131_072)
  t.equal(rowsPerPart(CUT, 1000, 1e9), 64, 'rows of a megabyte')
})

/** Rows whose hash says that they may end a part, for hashes that look random. */
const candidates = (rows: readonly number[], perPart: number): number[] =>
  rows.flatMap((row, i) => (Math.imul(row + 1, 0x9e3779b1) >>> 0) % hashDivisor(perPart) === 0 ? [i] : []) // prettier-ignore

const parts = (rows: readonly number[], perPart: number): string[] => {
  let last = 0
  return cutPoints(candidates(rows, perPart), perPart, 0, rows.length).map((end) => {
    const part = rows.slice(last, end).join()
    last = end
    return part
  })
}

t.test('rows that come in the middle or at the end make few new parts', async (t) => {
  const perPart = 64
  const rows = Array.from({ length: 20_000 }, (_, i) => i * 7)
  const before = new Set(parts(rows, perPart))
  const more = Array.from({ length: 200 }, (_, i) => 1_000_000 + i)
  for (const [what, changed] of [
    ['middle', rows.toSpliced(9000, 0, ...more)],
    ['end', [...rows, ...more]],
    ['start', [...more, ...rows]],
    ['fewer', rows.toSpliced(5000, 200)]
  ] as const) {
    const added = parts(changed, perPart).filter((part) => !before.has(part))
    t.ok(added.length <= 9, `${what}: ${added.length} new parts`)
  }
})

t.test('ends are in order, cover all rows, and are neither too near nor too far', async (t) => {
  for (const count of [0, 1, 31, 32, 128, 129, 1000, 5000]) {
    for (const ends of [[], Array.from({ length: count }, (_, i) => i)]) {
      const cuts = cutPoints(ends, 64, 0, count)
      t.equal(cuts.at(-1), count)
      const sizes = cuts.map((end, i) => end - (cuts[i - 1] ?? 0))
      t.ok(sizes.every((size, i) => size <= 128 && (size >= 32 || i === sizes.length - 1)))
    }
  }
  t.same(cutPoints([5, 50, 70], 64, 40, 90), [90], 'of a partition')
})
