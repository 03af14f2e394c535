/** The time of a call, where this process itself stands still. */
import { EventEmitter, once } from 'node:events'
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Countdown } from '../../backends/call-time.js'
import { withLongAnswer, withStepTime } from '../../backends/step-time.js'
import { SteadySync } from '../../backends/filesystem/steady-sync.js'

const standStill = (ms: number): void => {
  for (const until = performance.now() + ms; performance.now() < until;);
}

t.test('what came while this process stood still is not late', async (t) => {
  let ended = 0
  const end = new EventEmitter()
  const countdown = new Countdown(200, () => {
    ended++
    end.emit('end')
  })
  countdown.arm()
  standStill(400)
  await setImmediate()
  t.equal(ended, 0, 'there is time to look at what came')
  await once(end, 'end')
  t.equal(ended, 1, 'and an end where nothing did')
  countdown.arm()
  countdown.disarm()
  standStill(400)
  await delay(250)
  t.equal(ended, 1)
})

const { signal } = new AbortController()

t.test('a step of which nothing is heard ends', async (t) => {
  const never = withStepTime(signal, 'sending', () => new Promise<never>(() => undefined), 5)
  await t.rejects(never, { code: 'TIMEOUT', message: /^sending: / })
  const done = withStepTime(signal, 'sending', (_, goesOn) => {
    goesOn()
    return Promise.resolve('sent')
  })
  t.equal(await done, 'sent')
  const end = new AbortController()
  const left = withStepTime(end.signal, 'sending', () => new Promise<never>(() => undefined))
  end.abort(new Error('enough'))
  await t.rejects(left, { message: 'enough' })
})

t.test('the time of a call stands still during a step', async (t) => {
  let ended = 0
  const countdown = new Countdown(20, () => ended++).pausableBy(signal)
  countdown.arm()
  await withStepTime(signal, 'a step', () => delay(200))
  t.equal(ended, 0)
  countdown.disarm()
})

t.test(
  'a disk takes in a long file while it comes, and is waited for where it is behind',
  async (t) => {
    const asked: ((error?: Error) => void)[] = []
    const datasync = (): Promise<void> =>
    new Promise((resolve, reject) => asked.push((error) => error ? reject(error) : resolve())) // prettier-ignore
    const disk = new SteadySync({ datasync, sync: () => Promise.resolve() }, signal)
    await disk.wrote(32 << 20)
    t.equal(asked.length, 1, 'the rest may come meanwhile')
    await disk.wrote(16 << 20)
    const behind = disk.wrote(16 << 20)
    await setImmediate()
    t.equal(asked.length, 1)
    asked[0]!()
    await behind
    t.equal(asked.length, 2)
    asked[1]!(new Error('the disk is broken'))
    await t.rejects(disk.end(), { message: 'the disk is broken' })
  }
)

t.test('the answer to an upload may take long once all is sent, and not before', async (t) => {
  const { signal } = new AbortController()
  let ended = 0
  const countdown = new Countdown(50, () => ended++).pausableBy(signal)
  const take = async (pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> => {
    for await (const _ of pieces) countdown.arm()
  }
  countdown.arm()
  const content = (): Uint8Array[] => [Buffer.from('one'), Buffer.from('two')]
  const answer = await withLongAnswer(signal, 'it', content, async (_, told) => {
    await take(told())
    await delay(300)
    await take(told())
    await delay(300)
    return 'taken'
  })
  t.equal(answer, 'taken')
  t.equal(ended, 0)
  await withLongAnswer(signal, 'it', content, () => delay(200))
  t.equal(ended, 1, 'nothing was sent')
  countdown.disarm()
  const never = withLongAnswer(signal, 'it', content, async (_, told) => { await take(told()); await new Promise(() => undefined) }, 5) // prettier-ignore
  await t.rejects(never, { code: 'TIMEOUT', message: /^it: all is sent/ })
})
