/** Limits of bandwidth: by a clock of the test, so that an hour of sending takes no time. */
import t from 'tap'
import fc from 'fast-check'
import type { Backend } from '../../backends/backend.js'
import { facetOf } from '../../backends/facets/facets.js'
import { Bandwidth, TokenBucket, type RateTools } from '../../backends/wrap/bandwidth.js'
import { wrap } from '../../backends/wrap/index.js'
import { MemoryFiles } from '../support/memory-files.js'
import { rawCid } from '../support/stores.js'

const { signal } = new AbortController()

/** A clock that goes on by waiting alone. */
function waitingClock(): RateTools & { readonly elapsed: () => number } {
  let now = 0
  const clock = { now: () => now, elapsed: () => now }
  const wait = (ms: number): Promise<void> => {
    now += ms
    return Promise.resolve()
  }
  return { clock, wait, elapsed: () => now }
}

const over = (files: MemoryFiles): Backend => ({
  name: 'memory',
  type: 'fixture',
  facets: {
    fileReader: files,
    fileWriter: files,
    blockReader: { getBlock: () => Promise.resolve(new Uint8Array(1000)) }
  },
  health: () => Promise.resolve({ version: '1' }),
  close: () => Promise.resolve()
})

t.test('any sends take as long as their bytes do, but for a burst', async (t) => {
  const sends = fc.array(fc.nat(100_000), { minLength: 1, maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), sends, async (rate, sizes) => {
      const { elapsed, ...tools } = waitingClock()
      const bucket = new TokenBucket(rate, tools)
      let sent = 0
      for (const size of sizes) {
        await bucket.take(size, signal)
        sent += size
        const due = (sent / rate) * 1000
        if (elapsed() < due - 250.001 || elapsed() > due + 0.001) return false
      }
      return true
    })
  )
  t.pass('whatever the rate is')
})

t.test('uploads, downloads and blocks are slowed, each by its own rate', async (t) => {
  const files = new MemoryFiles()
  const { elapsed, ...tools } = waitingClock()
  const backend = new Bandwidth(over(files), { upload: 1000, download: 500 }, tools)
  const content = Buffer.from('x'.repeat(10_000))
  await facetOf(backend, 'fileWriter').put('a', () => [content], { signal })
  t.equal(elapsed(), 9750)
  const parts: Uint8Array[] = []
  for await (const piece of facetOf(backend, 'fileReader').get('a', { position: 0 }, { signal }))
    parts.push(piece)
  t.ok(content.equals(Buffer.concat(parts)))
  t.equal(elapsed(), 9750 + 19_750)
  await facetOf(backend, 'blockReader').getBlock(rawCid(content), { signal })
  t.equal(elapsed(), 9750 + 19_750 + 2000)
})

t.test('an upload that waits for its turn is not late, and ends with its signal', async (t) => {
  const files = new MemoryFiles()
  const backend = wrap(over(files), 400, { upload: 10_000 })
  const writer = facetOf(backend, 'fileWriter')
  await writer.put('a', () => [new Uint8Array(12_000)], { signal })
  t.match(await facetOf(backend, 'fileReader').stat('a', { signal }), { size: 12_000 })
  const end = new AbortController()
  const put = writer.put('b', () => [new Uint8Array(1e9)], { signal: end.signal })
  end.abort(new Error('enough'))
  await t.rejects(put, /enough/)
})
