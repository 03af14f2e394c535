import t, { type Test } from 'tap'
import { EventLog } from '../../src/operations/event-log.js'
import type { EngineEvent, EventChoice, News } from '../../src/operations/events.js'
import { TestClock } from '../support/clock.js'

const pinned = (cid: string): News => ({ type: 'pinned', cid, name: null, backend: null })

/** Watches a log, one event at a time. */
function watching(
  t: Test,
  log: EventLog,
  choice: EventChoice = {}
): () => Promise<EngineEvent | undefined> {
  const end = new AbortController()
  t.teardown(() => end.abort())
  const events = log.watch(choice, end.signal)
  return async () => (await events.next()).value as EngineEvent | undefined
}

t.test('events come in order, with what a watcher asks for', async (t) => {
  const log = new EventLog(new TestClock())
  const all = watching(t, log)
  const some = watching(t, log, { types: ['unpinned'] })
  t.match(await all(), { type: 'ready' })
  t.match(await some(), { type: 'ready' })
  t.equal(log.watchers, 2)
  log.tell(pinned('a'))
  log.tell({ type: 'unpinned', cid: 'a', backend: null })
  const first = await all()
  const second = await all()
  t.match(first, { type: 'pinned', cid: 'a', time: /Z$/ })
  t.match(second, { type: 'unpinned', id: first!.id + 1 })
  t.same(await some(), second)
  const waited = all()
  log.close()
  t.equal(await waited, undefined, 'the end of the engine is the end of the events')
  t.equal(await some(), undefined)
  t.equal(log.watchers, 0)
})

t.test('who comes again gets what he missed, or is told that it is gone', async (t) => {
  const log = new EventLog(new TestClock(), 4)
  const tell = (...cids: readonly string[]): void => {
    for (const cid of cids) log.tell(pinned(cid))
  }
  const slow = watching(t, log)
  const { id } = (await slow())!
  tell('1', '2', '3')
  const again = watching(t, log, { after: id + 1 })
  t.match(await again(), { type: 'ready', id: id + 1 })
  t.match(await again(), { cid: '2' })
  t.match(await slow(), { cid: '1' })
  tell('4', '5', '6', '7')
  t.match(await slow(), { type: 'gap', missed: 2, id: id + 3 }, 'slow readers lose the oldest')
  t.match(await slow(), { cid: '4' })
  const earlier = watching(t, log, { after: 5 })
  await earlier()
  t.match(await earlier(), { type: 'gap', missed: null }, 'an id of an engine before this one')
  t.match(await earlier(), { cid: '4' })
  const later = watching(t, log, { after: id + 1000 })
  await later()
  t.match(await later(), { type: 'gap', missed: null }, 'an id that this engine never told')
})

t.test('a text that people chose is bounded, and so are the watchers', async (t) => {
  const log = new EventLog(new TestClock())
  const next = watching(t, log)
  await next()
  log.tell({ type: 'mount_up', path: 'x'.repeat(1 << 20) })
  t.ok(JSON.stringify(await next()).length < 2000)
  for (let i = 1; i < 256; i++) await watching(t, log)()
  t.throws(() => watching(t, log), { code: 'BUSY' })
})
