/** Backends together: who is asked, what missing means, and who is left alone for a while. */
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import { Faulty, type Faults } from '../../backends/wrap/faulty.js'
import { Metered } from '../../backends/wrap/metered.js'
import { Deadline } from '../../backends/wrap/deadline.js'
import { Verified } from '../../backends/wrap/verified.js'
import { systemClock } from '../../src/core/clock.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { Fetcher } from '../../src/fetch/fetcher.js'
import { BackendPool } from '../../src/fetch/backend-pool.js'
import { describeBlock } from '../../src/formats/describe-block.js'
import { tempFolder } from '../support/temp.js'
import { TestClock } from '../support/clock.js'

const { signal } = new AbortController()
const clock = new TestClock()
const block = randomBytes(10_000)
const cid = Cid.v1(RAW, SHA2_256, sha256(block))
const absent = Cid.v1(RAW, SHA2_256, sha256(randomBytes(8)))

/** A real folder behind faults. @param has whether the block is in it. */
async function member(t: Test, name: string, faults: Faults = {}, has = true, priority = 100) {
  const folder = new FilesystemBackend(name, tempFolder(t, name))
  if (has) await facetOf(folder, 'blockWriter').putBlock(cid, block, { signal })
  const backend = new Metered(new Deadline(new Verified(new Faulty(folder, faults)), 1000), clock)
  return { backend, priority, key: name }
}

t.test('threats 41: missing is what all say; one that is silent may have had it', async (t) => {
  const empty = await member(t, 'empty', {}, false)
  const other = await member(t, 'other', {}, false)
  const broken = await member(t, 'broken', { failEvery: 1 }, false)
  const silent = await member(t, 'silent', { silent: true }, false)
  const none = new BackendPool([empty, other])
  await t.rejects(none.getBlock(absent, signal), { code: 'BLOCK_NOT_FOUND', message: /empty: .*other: / }) // prettier-ignore
  const unknown = new BackendPool([empty, broken])
  await t.rejects(unknown.getBlock(absent, signal), { code: 'BACKEND_UNAVAILABLE' })
  await t.rejects(new BackendPool([silent]).getBlock(absent, signal), { code: 'TIMEOUT' })
  await t.rejects(new BackendPool([]).getBlock(absent, signal), { code: 'BLOCK_NOT_FOUND' })
})

t.test('whoever has it gives it, whatever the others do', async (t) => {
  const good = await member(t, 'good')
  for (const faults of [{ failEvery: 1 }, { corruptEvery: 1 }, { silent: true }]) {
    const bad = await member(t, 'bad', faults, true, 1)
    const found = await new BackendPool([bad, good]).getBlock(cid, signal)
    t.same(found, { block, backend: 'good' })
  }
})

t.test('a slow one is not waited for when another can be asked', async (t) => {
  const faults: { silent?: boolean } = {}
  const usual = await member(t, 'usual', faults, true, 1)
  const other = await member(t, 'other', {}, true, 2)
  const pool = new BackendPool([usual, other])
  t.equal((await pool.getBlock(cid, signal)).backend, 'usual', 'by its priority')
  faults.silent = true
  t.equal((await pool.getBlock(cid, signal)).backend, 'other')
  t.equal(usual.backend.metrics.errors, 0, 'it was not waited for until it failed')
})

t.test('the faster is asked first, once that is known', async (t) => {
  const slow = await member(t, 'slow', { latencyMs: 60 })
  const quick = await member(t, 'quick')
  const pool = new BackendPool([slow, quick])
  for (const { backend } of [slow, quick])
    await facetOf(backend, 'blockReader').getBlock(cid, { signal })
  t.same(pool.order().map(({ name }) => name), ['quick', 'slow']) // prettier-ignore
})

t.test('threats 42: one that fails in a row is down, asked last, and comes back', async (t) => {
  const flaky = await member(t, 'flaky', { failEvery: 1 }, true, 1)
  const good = await member(t, 'good', {}, true, 2)
  const pool = new BackendPool([flaky, good])
  for (let i = 0; i < 3; i++) await pool.getBlock(cid, signal)
  t.ok(flaky.backend.isDown)
  t.equal(pool.order()[0]!.name, 'good')
  const { requests } = flaky.backend.metrics
  await pool.getBlock(cid, signal)
  t.equal(flaky.backend.metrics.requests, requests, 'it is left alone')
  clock.advance(700)
  t.notOk(flaky.backend.isDown)
  t.equal(pool.order()[0]!.name, 'flaky')
})

t.test('threats 1: two of which one corrupts every tenth block give the right bytes', async (t) => {
  const lying = await member(t, 'lying', { corruptEvery: 10 }, true, 1)
  const good = await member(t, 'good', {}, true, 2)
  const pool = new BackendPool([lying, good])
  for (let i = 0; i < 60; i++) t.ok(block.equals((await pool.getBlock(cid, signal)).block))
  t.equal(lying.backend.metrics.corrupt, 6)
})

t.test('many who want one block cost one request; the last who leaves ends it', async (t) => {
  const slow = await member(t, 'slow', { latencyMs: 100 })
  const kept: Cid[] = []
  const fetcher = new Fetcher(
    {
      pool: new BackendPool([slow]),
      has: (wanted) => kept.some((one) => one.equals(wanted)),
      describe: describeBlock,
      keep: (wanted) => void kept.push(wanted),
      inspect: () => undefined
    },
    1 << 20,
    { clock: systemClock }
  )
  await Promise.all(Array.from({ length: 64 }, () => fetcher.need(cid, signal)))
  t.equal(slow.backend.metrics.requests, 1)
  t.equal(kept.length, 1)
  kept.length = 0
  const [first, second] = [new AbortController(), new AbortController()]
  const waiting = [fetcher.need(cid, first.signal), fetcher.need(cid, second.signal)]
  first.abort(new Error('first'))
  await t.rejects(waiting[0]!, { message: 'first' })
  await waiting[1]
  t.equal(kept.length, 1, 'the other one got it')
  await t.rejects(fetcher.need(absent, signal), { code: 'BLOCK_NOT_FOUND' })
  const { requests } = slow.backend.metrics
  await t.rejects(fetcher.need(absent, signal), { code: 'BLOCK_NOT_FOUND' })
  t.equal(slow.backend.metrics.requests, requests, 'nobody is asked again at once')
})
