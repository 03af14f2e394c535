/** What every backend does, as its facets promise. Each test file runs it over a real one. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Backend } from '../../backends/backend.js'
import { CAPABILITIES, FACET_CALLS, facetOf, offered } from '../../backends/facets/facets.js'
import { wrap } from '../../backends/wrap/index.js'
import { Faulty } from '../../backends/wrap/faulty.js'
import { Verified } from '../../backends/wrap/verified.js'
import { allowManyListeners } from '../../src/core/abort.js'
import type { Cid } from '../../src/core/cid.js'
import { PROOFS, rawCid } from './facet-proofs.js'

export interface Subject {
  readonly backend: Backend
  /** How long a call may take, where the other side is slow; in ms. */
  readonly timeoutMs?: number
  /** Make a block to be there, by whatever means the other side has. */
  readonly plant: (cid: Cid, block: Uint8Array) => Promise<void>
  /** Make a file to be there; where the backend has files. */
  readonly plantFile?: (name: string, bytes: Uint8Array) => Promise<void>
  /** Make a file to be there as an upload leaves it that was killed at a time, in ms since 1970. */
  readonly leave?: (at: number) => void
  /** Let the name of the key `self` lead to a path, and give it; where the backend has names. */
  readonly publish?: (path: string) => Promise<string>
  /** Make a pin to be there, for backends that only look at pins. @returns its root. */
  readonly plantPin?: () => Promise<Cid>
  /** Prove what becomes of a pin whose content nobody has; where that is known at once. */
  readonly proveMissing?: (t: Test, backend: Backend) => Promise<void>
  /** Remove what no pin keeps; where the backend has pins. */
  readonly collectGarbage?: () => Promise<void>
  /** Stop the other side from answering, and let it go on; where that can be done. */
  readonly stop?: () => void
  readonly resume?: () => void
}

/** The largest block that is sent between nodes. */
const LARGEST = 2 << 20

const signal = AbortSignal.timeout(600_000)
allowManyListeners(signal)

const getBlock = (backend: Backend, cid: Cid, options = { signal }): Promise<Uint8Array> =>
  facetOf(backend, 'blockReader').getBlock(cid, options)

export function backendSuite(
  name: string,
  options: { readonly skip?: string | boolean },
  make: (t: Test) => Promise<Subject>
): void {
  t.test(name, { ...options, timeout: 300_000 }, async (t) => {
    const subject = await make(t)
    const wrapped = wrap(subject.backend, subject.timeoutMs ?? 2000)
    if (subject.backend.facets.blockReader !== undefined) await testBlocks(t, wrapped, subject)
    await testFacets(t, wrapped, subject)
    await testHealth(t, wrapped, subject)
    await testClosed(t, wrapped, subject)
  })
}

async function testBlocks(t: Test, wrapped: Backend, { backend, plant }: Subject): Promise<void> {
  await t.test('blocks come back as they were, from none to the largest', async (t) => {
    for (const size of [0, 1, 4096, 1 << 20, LARGEST]) {
      const block = randomBytes(size)
      await plant(rawCid(block), block)
      t.ok(Buffer.from(block).equals(await getBlock(wrapped, rawCid(block))), `${size}`)
    }
  })

  await t.test('a block that is not there is BLOCK_NOT_FOUND, promptly', async (t) => {
    const started = performance.now()
    await t.rejects(getBlock(wrapped, rawCid(randomBytes(32))), { code: 'BLOCK_NOT_FOUND' })
    t.ok(performance.now() - started < 3500)
  })

  await t.test('many at once', async (t) => {
    const blocks = Array.from({ length: 60 }, (_, i) => Buffer.from(`${backend.type} ${i}`))
    for (const block of blocks) await plant(rawCid(block), block)
    const got = await Promise.all(blocks.map((block) => getBlock(wrapped, rawCid(block))))
    t.ok(got.every((block, i) => blocks[i]!.equals(block)))
  })

  await t.test('what was aborted ends with its reason, before and meanwhile', async (t) => {
    const reason = new Error('enough')
    const block = randomBytes(LARGEST)
    const cid = rawCid(block)
    await plant(cid, block)
    await t.rejects(getBlock(wrapped, cid, { signal: AbortSignal.abort(reason) }), reason)
    const end = new AbortController()
    const call = getBlock(wrapped, cid, { signal: end.signal })
    end.abort(reason)
    await t.rejects(call, reason)
    t.ok(Buffer.from(block).equals(await getBlock(wrapped, cid)))
  })

  await t.test('threats 1: a flipped byte is INTEGRITY', async (t) => {
    const block = randomBytes(1000)
    await plant(rawCid(block), block)
    const lying = new Verified(new Faulty(backend, { corruptEvery: 1 }))
    await t.rejects(getBlock(lying, rawCid(block)), { code: 'INTEGRITY' })
  })
}

/** Each facet that is offered is proven, and each that is not is refused. */
async function testFacets(t: Test, wrapped: Backend, subject: Subject): Promise<void> {
  t.same(offered(wrapped.facets), offered(subject.backend.facets), 'wrappers lose no facet')
  for (const capability of CAPABILITIES) {
    const facet = wrapped.facets[capability]
    if (facet === undefined) {
      t.throws(() => facetOf(wrapped, capability), { code: 'UNSUPPORTED' }, `no ${capability}`)
      continue
    }
    t.same(Object.keys(facet), Object.keys(FACET_CALLS[capability]), `${capability} is whole`)
    await t.test(`it offers ${capability}`, (t) => PROOFS[capability](t, wrapped, subject))
  }
}

async function testHealth(t: Test, wrapped: Backend, subject: Subject): Promise<void> {
  await t.test('it says what it is', async (t) => {
    t.ok((await wrapped.health({ signal })).version.length > 0)
  })
  const { stop, resume, plant } = subject
  if (stop !== undefined && resume !== undefined)
    await t.test('one that stopped is TIMEOUT within its deadline, and comes back', async (t) => {
      const block = randomBytes(100)
      await plant(rawCid(block), block)
      const ask = (): Promise<unknown> =>
        wrapped.facets.blockReader?.getBlock(rawCid(block), { signal }) ??
        facetOf(wrapped, 'pinStates').statusOf(rawCid(block), { signal })
      stop()
      // A signal takes a moment to reach all threads of a program.
      await delay(200)
      const started = performance.now()
      // threats 42
      await t.rejects(ask(), { code: 'TIMEOUT' })
      t.ok(performance.now() - started < 10_000)
      resume()
      const found = await ask()
      if (found instanceof Uint8Array) t.same(Buffer.from(found), block)
    })
}

async function testClosed(t: Test, wrapped: Backend, { backend }: Subject): Promise<void> {
  await t.test('closed, it is CLOSED', async (t) => {
    await wrapped.close()
    const cid = rawCid(Buffer.from('x'))
    for (const one of [wrapped, backend]) {
      if (one.facets.blockReader !== undefined)
        await t.rejects(getBlock(one, cid), { code: 'CLOSED' })
      await t.rejects(one.health({ signal }), { code: 'CLOSED' })
    }
    for (const capability of offered(backend.facets))
      await t.rejects(callAny(wrapped, capability), { code: 'CLOSED' }, capability)
  })
}

/** Calls the first method of a facet with arguments that need not make sense. */
async function callAny(backend: Backend, capability: (typeof CAPABILITIES)[number]): Promise<void> {
  const facet = facetOf(backend, capability) as unknown as Record<string, (...args: unknown[]) => unknown> // prettier-ignore
  const [method] = Object.values(facet)
  const answer = method!('x', { position: 0, signal }, { signal })
  const pieces = answer as AsyncIterable<unknown>
  if (typeof pieces[Symbol.asyncIterator] === 'function')
    await pieces[Symbol.asyncIterator]().next()
  else await answer
}
