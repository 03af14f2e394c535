/** The time of a call, where this process itself stands still. */
import { EventEmitter, once } from 'node:events'
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Countdown } from '../../backends/call-time.js'

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
