/** Wrappers know facets by the table of calls alone. */
import t from 'tap'
import type { Backend } from '../../backends/backend.js'
import { interceptFacets, type CallInterceptor } from '../../backends/facets/intercept.js'
import { CHANGING_FACETS, facetOf, offered } from '../../backends/facets/facets.js'
import { Deadline } from '../../backends/wrap/deadline.js'
import { LOST_RACE, Metered } from '../../backends/wrap/metered.js'
import { ReadOnly } from '../../backends/wrap/read-only.js'
import { Retry } from '../../backends/wrap/retry.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { MemoryFiles } from '../support/memory-files.js'

const { signal } = new AbortController()
const cid = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('x')))

const backendOf = (facets: Backend['facets']): Backend => ({
  name: 'fixture',
  type: 'fixture',
  facets,
  health: () => Promise.resolve({ version: '1' }),
  close: () => Promise.resolve()
})

t.test('each call goes through once, by its kind, and methods keep their object', async (t) => {
  const seen: string[] = []
  const watch: CallInterceptor = {
    around: (kind, signal, run) => {
      seen.push(kind)
      return run(signal)
    },
    aroundStream: (signal, run) => {
      seen.push('stream')
      return run(signal)
    }
  }
  const files = new MemoryFiles()
  const keys = { listKeys: () => Promise.resolve([{ name: 'self', id: 'k51' }]) }
  const facets = interceptFacets({ fileReader: files, fileWriter: files, keys }, watch)
  await facets.fileWriter!.put('a', () => [Buffer.from('content')], { signal })
  t.match(await facets.fileReader!.stat('a', { signal }), { size: 7 })
  for await (const piece of facets.fileReader!.get('a', { position: 3 }, { signal }))
    t.equal(Buffer.from(piece).toString(), 'tent')
  t.equal((await facets.keys!.listKeys({ signal })).length, 1)
  t.same(seen, ['write', 'read', 'stream', 'name'])
  t.same(offered(facets), ['keys', 'fileReader', 'fileWriter'])
})

t.test('one that is read only has lost what changes something, and nothing else', async (t) => {
  const files = new MemoryFiles()
  const inner = backendOf({ fileReader: files, fileWriter: files })
  const wrapped = new ReadOnly(inner)
  t.same(offered(wrapped.facets), ['fileReader'])
  for (const facet of CHANGING_FACETS)
    t.throws(() => facetOf(wrapped, facet), { code: 'UNSUPPORTED', message: facet })
})

t.test('a read that may go through later is tried again, a name or a stream is not', async (t) => {
  let calls = 0
  const fail = (): Promise<never> => {
    calls++
    return Promise.reject(new KitError('BACKEND_UNAVAILABLE', 'not now'))
  }
  const inner = backendOf({
    blockReader: { getBlock: fail },
    nameRecords: { getNameRecords: fail },
    fileStreams: {
      async *readFile() {
        yield await fail()
      }
    }
  })
  const wrapped = new Retry(inner, { tries: 2, firstDelayMs: 1 })
  const code = { code: 'BACKEND_UNAVAILABLE' }
  await t.rejects(facetOf(wrapped, 'blockReader').getBlock(cid, { signal }), code)
  t.equal(calls, 2)
  await t.rejects(facetOf(wrapped, 'nameRecords').getNameRecords('x', { signal }), code)
  t.equal(calls, 3)
  const stream = facetOf(wrapped, 'fileStreams').readFile(cid, 0, { signal })
  await t.rejects(stream[Symbol.asyncIterator]().next(), code)
  t.equal(calls, 4)
})

t.test('a race that is lost counts as slow, and again and again as down', async (t) => {
  const never = (): Promise<never> => new Promise(() => undefined)
  const metered = new Metered(new Deadline(backendOf({ blockReader: { getBlock: never } }), 5000))
  for (let i = 0; i < 3; i++) {
    t.notOk(metered.isDown)
    const end = new AbortController()
    const call = facetOf(metered, 'blockReader').getBlock(cid, { signal: end.signal })
    end.abort(LOST_RACE)
    await t.rejects(call, { code: 'ABORTED' })
  }
  t.ok(metered.isDown)
  t.match(metered.metrics, { requests: 3, errors: 1, lastError: /slower than others/ })
  t.ok(metered.averageMs !== undefined)
})

t.test('a reader who leaves says nothing of the backend', async (t) => {
  const never = (): Promise<never> => new Promise(() => undefined)
  const metered = new Metered(new Deadline(backendOf({ blockReader: { getBlock: never } }), 5000))
  const end = new AbortController()
  const call = facetOf(metered, 'blockReader').getBlock(cid, { signal: end.signal })
  end.abort(new Error('enough'))
  await t.rejects(call, { message: 'enough' })
  t.equal(metered.averageMs, undefined)
  t.equal(metered.metrics.errors, 0)
})
