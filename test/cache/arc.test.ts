import fc from 'fast-check'
import { LRUCache } from 'lru-cache'
import t from 'tap'
import { Arc } from '../../src/cache/arc.js'
import { ReferenceArc } from './reference-arc.js'
import { TRACES } from './traces.js'

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
