/** Who owns a home: long work and quick changes at the same time. */
import t, { type Test } from 'tap'
import type { Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { HomeLog } from '../../src/service/home-log.js'
import { LocalOwner, type DagPorts } from '../../src/service/local-owner.js'
import { WriteSession } from '../../src/store/session.js'
import { PROFILES } from '../../src/content/profile.js'
import { addBytes } from '../support/adding.js'
import { TestClock } from '../support/clock.js'
import { openStore, pinOf, rawCid } from '../support/stores.js'
import { homeLog } from '../support/wal.js'

const none: DagPorts = { below: () => [], leavesOf: () => [] }

const LOOK = { readData: false, repair: false }
const REPAIR = { readData: true, repair: true }
const v1 = PROFILES['unixfs-v1-2025']

/** An owner whose check walks below the pins for as long as the test wants. */
function slowOwner(t: Test): { owner: LocalOwner; begun: Promise<void>; finish: () => void } {
  const { store } = openStore(t)
  let begin = (): void => undefined
  const state = { isOver: false }
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const root = rawCid(Buffer.from('root'))
  const dag: DagPorts = {
    *below(): Generator<{ cid: Cid; isMissing: boolean }> {
      begin()
      while (!state.isOver) yield { cid: root, isMissing: false }
    },
    leavesOf: () => []
  }
  const lock = { release: () => undefined }
  const owner = new LocalOwner(store, homeLog(store.layout.home), lock, () => dag, false)
  return { owner, begun, finish: () => (state.isOver = true) }
}

const run = (signal = new AbortController().signal) => ({ signal, progress: () => undefined })

t.test('others publish and pin while the store is checked; gc and repairs wait', async (t) => {
  const { owner, begun, finish } = slowOwner(t)
  const order: string[] = []
  const checked = owner.check(LOOK, run()).then((report) => {
    order.push('checked')
    return report
  })
  await begun
  const collected = owner.collect(new AbortController().signal).then(() => order.push('collected'))
  const session = new WriteSession(owner.store.reader)
  const { cid } = await addBytes(session, v1, Buffer.from('added meanwhile'))
  session.finish()
  await owner.publish(session.id, [pinOf(cid)])
  session.close()
  await owner.addPins([pinOf(rawCid(Buffer.from('other')))])
  await owner.removePins([pinOf(rawCid(Buffer.from('other'))).cid])
  t.same(order, [], 'the check goes on')
  finish()
  const report = await checked
  t.same([report.bad, report.missing], [[], []], 'what came meanwhile is not asked for')
  await collected
  t.same(order, ['checked', 'collected'])
  t.ok(owner.store.reader.has(cid.key))
})

t.test('long work is ended by its signal, while it runs and while it waits', async (t) => {
  const { owner, begun, finish } = slowOwner(t)
  const first = new AbortController()
  const second = new AbortController()
  const running = owner.check(LOOK, run(first.signal))
  await begun
  const waiting = owner.check(REPAIR, run(second.signal))
  second.abort(new Error('the second'))
  await t.rejects(waiting, { message: 'the second' })
  first.abort(new Error('the first'))
  await t.rejects(running, { message: 'the first' })
  finish()
  t.same((await owner.check(REPAIR, run())).bad, [], 'who comes later has a turn')
})

/** A store that its owner closes, and the test again. */
function ownedStore(t: Test): ReturnType<typeof openStore>['store'] {
  const { store } = openStore(t)
  const close = store.close.bind(store)
  let isClosed = false
  store.close = () => {
    if (!isClosed) close()
    isClosed = true
  }
  return store
}

t.test('what follows from a record undoes nothing where it fails', async (t) => {
  const store = ownedStore(t)
  const { home } = store.layout
  const told: string[] = []
  const log = new HomeLog(home, { clock: new TestClock(), log: { warn: (text) => void told.push(text) }, random: () => 0.5 }) // prettier-ignore
  const owner = new LocalOwner(store, log, { release: () => undefined }, () => none, false)
  owner.pins.withCopies = () => Promise.reject(new KitError('IO', 'the disk is gone'))
  const change = { backend: 'disk', cid: rawCid(Buffer.from('pin')).toString(), row: null }
  t.same(await owner.recordPins([{ change }]), [null])
  t.match(told, [/does not tell of 1 copies.*the disk is gone/])
  owner.close()
})

t.test('the home is given back whatever fails while its log is closed', async (t) => {
  const store = ownedStore(t)
  const told: string[] = []
  const log = new HomeLog(store.layout.home, { clock: new TestClock(), log: { warn: (text) => void told.push(text) }, random: () => 0.5 }) // prettier-ignore
  let give: () => void = () => undefined
  const given = new Promise<void>((resolve) => (give = resolve))
  const release = (): void => {
    give()
    throw new KitError('IO', 'the lock is gone')
  }
  const owner = new LocalOwner(store, log, { release }, () => none, false)
  await log.open()
  owner.pins.close = () => Promise.reject(new Error('first'))
  const close = log.close.bind(log)
  log.close = async () => {
    await close()
    throw new KitError('IO', 'the disk is gone')
  }
  owner.close()
  await given
  await new Promise(setImmediate)
  t.match(told, [/the disk is gone/, /the lock is gone/])
})
