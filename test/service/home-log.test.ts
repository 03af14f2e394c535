/** The log of a home, as its owner has it: opened once, again after a fault, and closed before the lock goes. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { LocalOwner } from '../../src/service/local-owner.js'
import { BlockStore } from '../../src/store/block-store.js'
import { logFolder } from '../../src/wal/layout.js'
import { readOperations } from '../../src/wal/replay.js'
import { tempFolder } from '../support/temp.js'
import { homeLog } from '../support/wal.js'

const heal = { operation_type: 'heal', backend: 'disk', parameters: {} } as const

t.test('it is opened once for all, and begins with nothing', async (t) => {
  const log = homeLog(tempFolder(t))
  t.notOk(log.isOpen)
  const [one, other] = await Promise.all([log.open(), log.open()])
  t.equal(one, other)
  t.ok(log.isOpen)
  await log.close()
  t.notOk(log.isOpen)
  await log.close()
})

t.test('what cannot be opened is tried anew by the next call', async (t) => {
  const home = tempFolder(t)
  const log = homeLog(home)
  const { wal } = await log.open()
  await wal.append(1, Buffer.from('no operation'))
  await log.close()
  const folder = logFolder(home)
  const path = join(folder, readdirSync(folder)[0]!)
  const bytes = readFileSync(path)
  await t.rejects(log.open(), { code: 'CORRUPT_FORMAT', message: /entry 1 of the log/ })
  t.ok(readFileSync(path).equals(bytes), 'nothing is changed')
  writeFileSync(path, bytes.subarray(0, 24))
  const { operations } = await log.open()
  t.same(operations.list(), [])
  await log.close()
})

t.test('the lock of a home goes when what is being written is durable', async (t) => {
  const home = tempFolder(t)
  const store = BlockStore.open(home, { warn: () => undefined })
  const log = homeLog(home)
  let released: () => void = () => undefined
  const over = new Promise<void>((resolve) => (released = resolve))
  let isReleased = false
  const release = (): void => {
    isReleased = true
    released()
  }
  const dag = { below: () => [], leavesOf: () => [] }
  const owner = new LocalOwner(store, log, { release }, () => dag, false)
  const { operations } = await log.open()
  const begun = [operations.begin(heal), operations.begin(heal)]
  owner.close()
  t.notOk(isReleased)
  await over
  t.equal(readOperations(logFolder(home)).length, 2)
  await Promise.all(begun)
})
