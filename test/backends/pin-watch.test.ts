/** A pin is watched until it is whole or has failed. */
import t from 'tap'
import type { PinStates, PinStatus } from '../../backends/facets/remote-pins.js'
import { pinFailure, watchPin } from '../../backends/pin-watch.js'
import { Cid } from '../../src/core/cid.js'

const cid = Cid.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
const { signal } = new AbortController()

const status = (state: PinStatus['state'], details = ''): PinStatus => ({
  state,
  name: '',
  details,
  delegates: [],
  holders: []
})

/** Tells one answer after the other. */
const telling = (answers: (PinStatus | undefined)[]): PinStates => ({
  statusOf: () => Promise.resolve(answers.shift()),
  listPins: async function* () {}
})

async function watched(
  answers: (PinStatus | undefined)[],
  waits: number[] = []
): Promise<string[]> {
  const seen: string[] = []
  const sleep = (ms: number): Promise<void> => {
    waits.push(ms)
    return Promise.resolve()
  }
  for await (const { state, details } of watchPin(telling(answers), cid, { signal }, sleep))
    seen.push(`${state}${details}`)
  return seen
}

t.test('each change is told once, and pinned or failed is the last', async (t) => {
  const queued = status('queued', ' 7 of 9')
  const steps = [queued, queued, status('queued', ' 1 of 9'), status('pinning'), status('pinned')]
  t.same(await watched(steps), ['queued 7 of 9', 'queued 1 of 9', 'pinning', 'pinned'])
  t.same(await watched([status('failed'), status('pinned')]), ['failed'])
  t.same(await watched([status('pinning'), undefined]), ['pinning'], 'one that is gone')
})

t.test('it asks more and more seldom, and sooner after a change', async (t) => {
  const waits: number[] = []
  const same = Array.from({ length: 20 }, () => status('queued'))
  await watched([...same, status('pinning'), status('pinned')], waits)
  t.same(waits.slice(0, 3), [500, 750, 1125])
  t.equal(Math.max(...waits), 30_000)
  t.equal(waits.at(-1), 500)
})

t.test('a watch that was aborted ends with its reason', async (t) => {
  const end = new AbortController()
  const states: PinStates = {
    ...telling([]),
    statusOf: () => Promise.resolve(status('queued'))
  }
  const watch = watchPin(states, cid, { signal: end.signal })
  t.match(await watch.next(), { value: { state: 'queued' } })
  const next = watch.next()
  end.abort(new Error('enough'))
  await t.rejects(next, { message: 'enough' })
})

t.test('a pin that failed says why, in the words of who could not keep it', async (t) => {
  t.match(pinFailure('far', cid, status('failed', 'no peers')), {
    code: 'BACKEND_UNAVAILABLE',
    message: `backend far could not pin ${cid}: no peers`
  })
  const holders = [
    { name: 'p1', state: 'failed' as const, details: 'disk full' },
    { name: 'p2', state: 'pinned' as const, details: '' }
  ]
  t.match(pinFailure('far', cid, { ...status('failed'), holders }).message, /: p1: disk full$/)
  t.match(pinFailure('far', cid, status('failed')).message, /it gives no reason/)
})
