/** The gate at which the threads of a mount wait: who serves, who helps, and who may rehearse. */
import t from 'tap'
import { reserveGate, StartGate } from '../../../../src/mount/drivers/raw/start-gate.js'

const SOLO_REQUESTS = 3000

function threads() {
  const memory = reserveGate()
  const [main, first, second] = [new StartGate(memory), new StartGate(memory), new StartGate(memory)] // prettier-ignore
  return { main, first, second }
}

t.test('the second thread helps at once where the first has much to do', async (t) => {
  const { main, first, second } = threads()
  main.open(3)
  t.equal(first.pass(), 3)
  t.equal(second.waitToHelp(), false, 'nobody asks')
  for (let i = 0; i < SOLO_REQUESTS; i++) first.countServed(0)
  t.equal(second.waitToHelp(), true)
  t.equal(second.mayRehearse(1), false, 'it is needed')
})

t.test('the first thread rehearses when the second is warm and serves', async (t) => {
  const { main, first, second } = threads()
  main.open(3)
  t.equal(first.mayFirstRehearse, false)
  second.noteRehearsed()
  t.equal(first.mayFirstRehearse, true)
  t.equal(first.mayRehearse(0), true)
  main.rest()
  t.equal(first.mayFirstRehearse, false, 'nobody else would serve')
  t.equal(second.isDismissed(1), true)
})

t.test('a thread does not rehearse for ever beside readers', async (t) => {
  const { main, first, second } = threads()
  main.open(3)
  let looks = 0
  do second.countServed(1)
  while (first.mayRehearse(0) && ++looks < 1_000_000)
  t.ok(looks < 1000, `${looks} looks`)
})

t.test('a mount that is gone has nobody rehearse', async (t) => {
  const { main, first, second } = threads()
  main.close()
  t.equal(first.pass(), undefined)
  t.equal(first.mayRehearse(0), false)
  t.equal(second.mayRehearse(1), false)
})
