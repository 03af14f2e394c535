/** What keeps the Arrow files of an engine true: when it writes them, and when it leaves them alone. */
import t from 'tap'
import { KitError } from '../../src/core/errors.js'
import { StreamPublisher } from '../../src/service/stream-publisher.js'
import { TestClock } from '../support/clock.js'

function publisher() {
  const clock = new TestClock()
  const state = { isCurrent: true, moment: 'a', takesMs: 0, written: 0, moments: 0, removed: 0 }
  const faults: { pins?: Error } = {}
  const said: string[] = []
  const own = new StreamPublisher({
    isPinIndexCurrent: () => state.isCurrent,
    writePinIndex: async () => {
      if (faults.pins !== undefined) throw faults.pins
      state.written++
      state.isCurrent = true
      clock.advance(state.takesMs)
      await Promise.resolve()
    },
    writeMoment: (before) => {
      if (before !== state.moment) state.moments++
      return state.moment
    },
    removeMoment: () => state.removed++,
    clock,
    log: { warn: (message) => said.push(message), debug: () => undefined }
  })
  return { own, clock, state, faults, said }
}

t.test('a current index is left alone, an old one is written', async (t) => {
  const { own, state } = publisher()
  await own.look()
  t.equal(state.written, 0)
  state.isCurrent = false
  await own.look()
  t.equal(state.written, 1)
})

t.test('one that takes long is written for a twentieth of the time', async (t) => {
  const { own, state, clock } = publisher()
  const change = async (): Promise<number> => {
    state.isCurrent = false
    await own.look()
    return state.written
  }
  state.takesMs = 2000
  t.equal(await change(), 1)
  clock.advance(30_000)
  t.equal(await change(), 1, 'not yet')
  await own.ensurePins()
  t.equal(state.written, 2, 'but for who waits for it')
  clock.advance(41_000)
  t.equal(await change(), 3)
})

t.test('who asks at the same time waits for one write', async (t) => {
  const { own, state } = publisher()
  state.isCurrent = false
  await Promise.all(Array.from({ length: 9 }, () => own.ensurePins()))
  t.equal(state.written, 1)
})

t.test('a moment is written when it is another one, and once a minute', async (t) => {
  const { own, state, clock } = publisher()
  await own.look()
  t.equal(state.moments, 1)
  for (let i = 0; i < 11; i++) {
    clock.advance(5001)
    await own.look()
  }
  t.equal(state.moments, 1, 'nothing happened')
  state.moment = 'b'
  await own.look()
  t.equal(state.moments, 1, 'five seconds are not over')
  clock.advance(5001)
  await own.look()
  t.equal(state.moments, 2)
  clock.advance(60_001)
  await own.look()
  t.equal(state.moments, 3, 'a sign of life')
})

t.test('what fails is told once, and tried again after a while', async (t) => {
  const { own, state, faults, said, clock } = publisher()
  state.isCurrent = false
  faults.pins = new KitError('NO_SPACE', 'the disk is full')
  for (let i = 0; i < 3; i++) {
    await own.look()
    clock.advance(61_000)
  }
  t.same(said, ['files for other programs cannot be written: the disk is full'])
  delete faults.pins
  await own.look()
  t.equal(state.written, 1)
})

t.test('it ends with the engine, and takes away what tells of a moment', async (t) => {
  const { own, state } = publisher()
  own.start()
  await own.stop()
  t.equal(state.removed, 1)
})
