/** The place of a CID among sorted ones, however they are spread. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { Cid, RAW } from '../../src/core/cid.js'
import { lowerBound } from '../../src/core/lower-bound.js'

const cidOf = (i: number): string =>
  String(Cid.v1(RAW, 0x12, createHash('sha256').update(String(i)).digest()))

const text = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.nat(100_000).map(cidOf),
  // Many that have all but their ends in common, beside few that do not.
  fc.nat(5000).map((i) => `bafybei${'a'.repeat(20)}${i.toString(36)}`)
)

t.test('it is the first that is not before', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 400 }), fc.array(text), (texts, others) => {
      const sorted = texts.map((one) => Buffer.from(one)).sort((a, b) => Buffer.compare(a, b))
      for (const wanted of [...texts, ...others].map((one) => Buffer.from(one))) {
        const found = lowerBound(sorted.length, (i) => sorted[i]!, wanted)
        const expected = sorted.findIndex((one) => Buffer.compare(one, wanted) >= 0)
        if (found !== (expected < 0 ? sorted.length : expected)) throw new Error(`${found}, not ${expected}`) // prettier-ignore
      }
    }),
    { numRuns: 300 }
  )
  t.end()
})

t.test('few are looked at, also where CIDs are not spread evenly', (t) => {
  const even = Array.from({ length: 200_000 }, (_, i) => cidOf(i))
  const uneven = even.map((one, i) => {
    if (i % 3 === 0) return one.replace('bafkrei', 'bafybei')
    return i % 1000 === 1 ? `Qm${i}` : `bafkrei${'q'.repeat(i % 9)}${one}`
  })
  for (const [texts, most] of [
    [even, 20],
    [uneven, 45]
  ] as const) {
    const sorted = texts.map((one) => Buffer.from(one)).sort((a, b) => Buffer.compare(a, b))
    let worst = 0
    for (let i = 0; i < sorted.length; i += 97) {
      let looked = 0
      lowerBound(sorted.length, (index) => (looked++, sorted[index]!), sorted[i]!)
      worst = Math.max(worst, looked)
    }
    t.ok(worst <= most, `${worst} are looked at, at most`)
  }
  t.end()
})
