import t from 'tap'
import { Pace, restIn } from '../../backends/pace.js'
import { TestClock } from '../support/clock.js'

t.test('Retry-After is seconds or a date, and 503 rests only with it', async (t) => {
  const now = Date.parse('Thu, 26 Nov 2026 05:00:00 GMT')
  const rest = (status: number, headers: Record<string, string>) => restIn({ status, headers }, now)
  t.same(rest(429, {}), { ms: undefined })
  t.same(rest(429, { 'retry-after': '2' }), { ms: 2000 })
  t.same(rest(503, { 'retry-after': '120' }), { ms: 120_000 })
  t.equal(rest(503, {}), undefined)
  t.equal(rest(200, { 'retry-after': '2' }), undefined)
  const date = 'Thu, 26 Nov 2026 05:00:03 GMT'
  t.same(rest(429, { 'retry-after': date }), { ms: 3000 })
  // Its clock is an hour ahead.
  const ahead = { 'retry-after': 'Thu, 26 Nov 2026 06:00:05 GMT', date: 'Thu, 26 Nov 2026 06:00:00 GMT' } // prettier-ignore
  t.same(rest(429, ahead), { ms: 5000 })
  t.same(rest(429, { 'retry-after': 'Thu, 26 Nov 2026 04:00:00 GMT' }), { ms: 0 }, 'it is over')
  for (const text of ['-1', 'soon', ''])
    t.same(rest(429, { 'retry-after': text }), { ms: undefined }, `"${text}" says nothing`)
})

t.test('403 rests where it says until when, as GitHub does', async (t) => {
  const now = Date.parse('Thu, 26 Nov 2026 05:00:00 GMT')
  const rest = (headers: Record<string, string>) => restIn({ status: 403, headers }, now)
  const reset = { 'x-ratelimit-reset': String(now / 1000 + 90) }
  t.same(rest({ ...reset, 'x-ratelimit-remaining': '0' }), { ms: 90_000 })
  t.same(rest({ 'retry-after': '60' }), { ms: 60_000 }, 'a secondary limit')
  t.equal(rest({ ...reset, 'x-ratelimit-remaining': '7' }), undefined, 'nothing is used up')
  t.equal(rest({}), undefined)
})

t.test('a host that refused is left alone, and then asked as often as it allowed', async (t) => {
  const clock = new TestClock()
  const pace = new Pace(clock)
  t.equal(pace.reserve().ms, 0, 'nothing is held back before it refuses')
  const run = pace.begin()
  for (let i = 0; i < 25; i++) pace.accepted()
  clock.advance(500)
  pace.refused(run, 2000)
  t.ok(pace.restMs > 1900)
  const [first, second] = [pace.reserve().ms, pace.reserve().ms]
  t.ok(first > 1900 && first <= 2000)
  // 25 in 2.5 s, and a tenth less.
  t.ok(Math.abs(second - first - 110) < 20, `${second - first}`)
  clock.advance(3000)
  pace.refused(run, 2000)
  t.equal(pace.begin(), run + 1, 'one that was under way at the refusal says nothing new')
  clock.advance(3000)
  pace.reserve()
  t.ok(pace.reserve().ms < 200)
  for (let i = 0; i < 12; i++) {
    clock.advance(31_000)
    pace.reserve()
  }
  t.equal(pace.reserve().ms, 0, 'it is tried faster after a while')
})

t.test(
  'a host that refused from the beginning is tried with care, and then as any other',
  async (t) => {
    const clock = new TestClock()
    const pace = new Pace(clock)
    pace.refused(pace.begin(), 1000)
    const gap = (): number => -pace.reserve().ms + pace.reserve().ms
    t.ok(gap() > 900)
    for (let i = 0; i < 10; i++) pace.accepted()
    t.ok(gap() < 1)
  }
)

t.test('a host that does not say how long is left alone longer each time', async (t) => {
  const clock = new TestClock()
  const pace = new Pace(clock)
  const rests: number[] = []
  for (let i = 0; i < 4; i++) {
    clock.advance(pace.reserve().ms)
    pace.refused(pace.begin(), undefined)
    rests.push(Math.round(pace.restMs / 1000))
  }
  t.same(rests, [1, 2, 4, 8])
})

t.test('a host that rests for too long keeps no place for those that do not wait', async (t) => {
  const clock = new TestClock()
  const pace = new Pace(clock)
  pace.refused(pace.begin(), 120_000)
  const { signal } = new AbortController()
  for (let i = 0; i < 1000; i++)
    await t.rejects(pace.turn('host', signal), { code: 'RATE_LIMITED', message: /for 120 s/ })
  clock.advance(120_000)
  t.equal(pace.reserve().ms, 0)
})

t.test('the place of a request that is given up goes to the next one', async (t) => {
  const clock = new TestClock()
  const pace = new Pace(clock)
  pace.refused(pace.begin(), 1000)
  const began = clock.elapsed()
  const races = Array.from({ length: 50 }, () => new AbortController())
  const losers = races.map(({ signal }) => pace.turn('host', signal))
  const last = pace.reserve().at
  for (const race of races) race.abort(new Error('given up'))
  for (const loser of losers) await t.rejects(loser, { message: 'given up' })
  await t.rejects(pace.turn('host', races[0]!.signal), { message: 'given up' })
  const places = Array.from({ length: 51 }, () => pace.reserve().at)
  t.ok(places[0]! <= began + 1000)
  t.equal(new Set(places).size, 51, 'each goes to one')
  t.ok(places[49]! < last && places[50]! > last)
  const after = Array.from({ length: 20 }, () => pace.reserve().ms)
  t.ok(after.at(-1)! > 60_000, 'the line is full')
  await t.rejects(pace.turn('host', new AbortController().signal), { code: 'RATE_LIMITED', message: /so few requests/ }) // prettier-ignore
})
