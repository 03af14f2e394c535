import fc from 'fast-check'
import { LRUCache } from 'lru-cache'
import t from 'tap'
import { Arc } from '../../src/cache/arc.js'
import { ReferenceArc } from './reference-arc.js'

/** Pages asked for, by the shapes of traces that caches are judged by. */
const random = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const sequential = (length: number): number[] => Array.from({ length }, (_, i) => i)

function zipf(pages: number, length: number): number[] {
  const next = random(7)
  const weights = Array.from({ length: pages }, (_, i) => 1 / (i + 1))
  const sum = weights.reduce((a, b) => a + b, 0)
  return Array.from({ length }, () => {
    let at = next() * sum
    let page = 0
    while (page < pages - 1 && at > weights[page]!) at -= weights[page++]!
    return page
  })
}

/** Some pages that are wanted again and again, and scans that pass by once. */
function loopWithScans(hot: number, rounds: number, scan: number): number[] {
  const trace: number[] = []
  let passing = 1_000_000
  for (let round = 0; round < rounds; round++) {
    for (let again = 0; again < 2; again++) for (let i = 0; i < hot; i++) trace.push(i)
    for (let i = 0; i < scan; i++) trace.push(passing++)
  }
  return trace
}

const TRACES: Readonly<Record<string, { readonly trace: number[]; readonly room: number }>> = {
  sequential: { trace: [...sequential(2000), ...sequential(2000)], room: 500 },
  zipf: { trace: zipf(2000, 20_000), room: 200 },
  'loop with scans': { trace: loopWithScans(100, 40, 300), room: 150 }
}

const hitsOf = (trace: readonly number[], ask: (page: number) => boolean): number =>
  trace.filter((page) => ask(page)).length

t.test('with equal weights it hits exactly where the paper says', async (t) => {
  for (const [name, { trace, room }] of Object.entries(TRACES)) {
    const arc = new Arc<number>(room, () => undefined)
    const reference = new ReferenceArc(room)
    t.same(
      trace.map((page) => arc.request(page, 1)),
      trace.map((page) => reference.request(page)),
      name
    )
  }
  fc.assert(
    fc.property(
      fc.array(fc.nat(30), { maxLength: 400 }),
      fc.integer({ min: 1, max: 12 }),
      (trace, room) => {
        const arc = new Arc<number>(room, () => undefined)
        const reference = new ReferenceArc(room)
        for (const page of trace) if (arc.request(page, 1) !== reference.request(page)) return false
        return true
      }
    ),
    { numRuns: 500 }
  )
})

t.test('it hits at least as often as LRU on traces that caches are judged by', async (t) => {
  for (const [name, { trace, room }] of Object.entries(TRACES)) {
    const arc = new Arc<number>(room, () => undefined)
    const lru = new LRUCache<number, true>({ max: room })
    const ours = hitsOf(trace, (page) => arc.request(page, 1))
    const theirs = hitsOf(trace, (page) => {
      if (lru.get(page) === true) return true
      lru.set(page, true)
      return false
    })
    t.ok(ours >= theirs, `${name}: ${ours} hits of ${trace.length}, LRU ${theirs}`)
  }
})

t.test('what is held never weighs more than the room, and says what it let go of', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 300 }),
      fc.integer({ min: 1, max: 1000 }),
      (requests, room) => {
        const held = new Set<number>()
        const weightOf = (key: number): number => 1 + ((key * 37) % 90)
        const arc = new Arc<number>(room, (key) => {
          if (!held.delete(key)) throw new Error(`${key} was let go of, but not held`)
        })
        for (const [key, forget] of requests) {
          if (forget) {
            arc.forget(key)
            held.delete(key)
          } else if (arc.request(key, weightOf(key)) !== held.has(key)) return false
          else if (arc.has(key)) held.add(key)
          if (arc.weight > room) return false
          if ([...held].some((one) => !arc.has(one)) || arc.count !== held.size) return false
          if (arc.weight !== [...held].reduce((sum, one) => sum + weightOf(one), 0)) return false
        }
        return true
      }
    ),
    { numRuns: 500 }
  )
})
