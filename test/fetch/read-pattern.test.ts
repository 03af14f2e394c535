/** How far is read ahead of whom. */
import t from 'tap'
import { MIN_WINDOW, ReadPatterns, takeInRead } from '../../src/fetch/read-pattern.js'
import { Cid } from '../../src/core/cid.js'
import { cidOf } from '../metadata/records.js'

const MIB = 1 << 20
const SIZE = 200 * MIB
const fresh = () => new ReadPatterns().of(Cid.parse(cidOf(1)))

/** Takes in reads of a MiB each, and returns the window after each of them. */
const windows = (pattern: ReturnType<typeof fresh>, ...places: readonly number[]): number[] =>
  places.map((place) => {
    takeInRead(pattern, place * MIB, MIB, SIZE)
    return pattern.window
  })

t.test('who reads in order is read ahead of, further and further', (t) => {
  t.same(windows(fresh(), 0, 1, 2, 3), [0, MIN_WINDOW, 2 * MIN_WINDOW, 4 * MIN_WINDOW])
  t.same(windows(fresh(), 0, 1, 50, 51), [0, MIN_WINDOW, 0, MIN_WINDOW])
  t.end()
})

t.test(
  'who goes by an index at the end gets what he asks for, until he reads a lot in order',
  (t) => {
    for (const before of [[199], [0, 199]]) {
      const pattern = fresh()
      windows(pattern, ...before)
      t.same(windows(pattern, 40, 41, 42, 120, 121, 122), [0, 0, 0, 0, 0, 0])
      t.same(windows(pattern, ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => 60 + i)), [0, 0, 0, 0, 0, 0, 0, MIN_WINDOW, 2 * MIN_WINDOW]) // prettier-ignore
    }
    t.end()
  }
)

t.test('who reads up to the end goes by no index', (t) => {
  const pattern = fresh()
  windows(pattern, 195, 196, 197, 198, 199)
  t.same(windows(pattern, 10, 11), [0, MIN_WINDOW])
  t.end()
})
