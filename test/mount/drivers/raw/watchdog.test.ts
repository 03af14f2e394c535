/** The watchdog by itself, on a clock of the test. */
import t from 'tap'
import { EINTR, ETIMEDOUT } from '../../../../src/mount/errno.js'
import { Watchdog } from '../../../../src/mount/drivers/raw/watchdog.js'
import {
  reserveCurrentRequests,
  CurrentRequests
} from '../../../../src/mount/drivers/raw/current-requests.js'

function stage(threads: number, deadlineMs = 10_000, living = threads) {
  const memory = reserveCurrentRequests()
  const currentRequests = new CurrentRequests(memory)
  const failed: [number, number][] = []
  let grown = 0
  const dog = new Watchdog(currentRequests, {
    deadlineMs,
    fail: (unique, errno) => failed.push([unique, errno]),
    threads: () => threads,
    living: () => living,
    grow: () => void grown++
  })
  let now = 1000
  /** Let time pass as the timer would. */
  const pass = (ms: number): void => {
    for (const end = now + ms; now < end; now += 250) dog.tick(now)
  }
  return { currentRequests, failed, dog, pass, grown: () => grown }
}

const HIGH = 0x1_0000_0000

t.test('a request that is answered in time is nobody’s business', async (t) => {
  const { currentRequests, failed, dog, pass, grown } = stage(2)
  for (let unique = 2; unique < 40; unique += 2) {
    currentRequests.begin(0, unique, 0)
    dog.interrupt(unique)
    pass(250)
  }
  t.same(failed, [])
  t.equal(grown(), 0)
  dog.stop()
})

t.test('threats 56: one that is stuck is answered once, at the deadline', async (t) => {
  const { currentRequests, failed, dog, pass } = stage(2, 3000)
  currentRequests.begin(1, 6, 1)
  pass(2500)
  t.same(failed, [])
  pass(5000)
  t.same(failed, [[HIGH + 6, ETIMEDOUT]])
  currentRequests.end(1)
  currentRequests.begin(1, 8, 1)
  pass(5000)
  t.same(failed.at(-1), [HIGH + 8, ETIMEDOUT], 'and so is the next')
  dog.stop()
})

t.test('threats 56: one whose reader was interrupted is answered when it is stuck', async (t) => {
  const { currentRequests, failed, dog, pass } = stage(2)
  currentRequests.begin(0, 4, 0)
  dog.interrupt(4)
  dog.interrupt(10)
  pass(1000)
  t.same(failed, [[4, EINTR]], 'and not what no thread is at')
  dog.stop()
})

t.test('when all threads are stuck, another is asked for', async (t) => {
  const { currentRequests, dog, pass, grown } = stage(2)
  currentRequests.begin(0, 4, 0)
  pass(3000)
  t.equal(grown(), 0)
  currentRequests.begin(1, 6, 0)
  pass(1000)
  t.ok(grown() > 0)
  dog.stop()
})

t.test('a thread that has ended is none that could serve', async (t) => {
  const { currentRequests, dog, pass, grown } = stage(3, 10_000, 1)
  currentRequests.begin(0, 4, 0)
  currentRequests.begin(1, 6, 0)
  pass(1000)
  t.ok(grown() > 0)
  dog.stop()
})

t.test('an interrupt is known when its request comes late', async (t) => {
  const { dog, pass } = stage(1)
  dog.interrupt(4)
  pass(3000)
  t.equal(dog.takeInterrupt(4), true)
  dog.interrupt(6)
  pass(20_000)
  t.equal(dog.takeInterrupt(6), false, 'which it does not for ever')
  dog.stop()
})

t.test('time in which this process was stopped itself does not count', async (t) => {
  const { currentRequests, failed, dog, pass } = stage(1, 3000)
  currentRequests.begin(0, 4, 0)
  pass(1000)
  dog.tick(100_000)
  dog.tick(100_250)
  t.same(failed, [])
  dog.stop()
})
