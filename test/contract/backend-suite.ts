/** What every backend does, as its capabilities promise. Each test file runs it over a real one. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Backend } from '../../backends/backend.js'
import { CAPABILITIES } from '../../backends/capabilities.js'
import { wrap } from '../../backends/wrap/index.js'
import { Faulty } from '../../backends/wrap/faulty.js'
import { Verified } from '../../backends/wrap/verified.js'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'

export interface Subject {
  readonly backend: Backend
  /** Make a block to be there, by whatever means the other side has. */
  readonly plant: (cid: Cid, block: Uint8Array) => Promise<void>
  /** Stop the other side from answering, and let it go on; where that can be done. */
  readonly stop?: () => void
  readonly resume?: () => void
}

/** The largest block that is sent between nodes. */
const LARGEST = 2 << 20

const signal = AbortSignal.timeout(600_000)
const raw = (block: Uint8Array): Cid => Cid.v1(RAW, SHA2_256, sha256(block))

/** A dag-pb node of its own: UnixFS file bytes in a frame. */
const pbLeaf = (text: string): Uint8Array => {
  const data = Buffer.from(text)
  const inner = Buffer.concat([
    Buffer.from([0x08, 0x02, 0x12, data.length]),
    data,
    Buffer.from([0x18, data.length])
  ])
  return Buffer.concat([Buffer.from([0x0a, inner.length]), inner])
}

export function backendSuite(
  name: string,
  options: { readonly skip?: string | boolean },
  make: (t: Test) => Promise<Subject>
): void {
  t.test(name, { ...options, timeout: 300_000 }, async (t) => {
    const subject = await make(t)
    const { backend, plant } = subject
    const wrapped = wrap(backend, 2000)

    await t.test('blocks come back as they were, from none to the largest', async (t) => {
      for (const size of [0, 1, 4096, 1 << 20, LARGEST]) {
        const block = randomBytes(size)
        await plant(raw(block), block)
        t.ok(Buffer.from(block).equals(await wrapped.getBlock(raw(block), { signal })), `${size}`)
      }
    })

    await t.test('one block by CIDv0 and CIDv1', async (t) => {
      const block = pbLeaf(`content of ${name}`)
      const v1 = Cid.v1(DAG_PB, SHA2_256, sha256(block))
      await plant(v1, block)
      t.same(Buffer.from(await wrapped.getBlock(v1, { signal })), Buffer.from(block))
      const v0 = Cid.v0(sha256(block))
      t.same(Buffer.from(await wrapped.getBlock(v0, { signal })), Buffer.from(block))
    })

    await t.test('a block that is not there is BLOCK_NOT_FOUND, promptly', async (t) => {
      const started = performance.now()
      await t.rejects(wrapped.getBlock(raw(randomBytes(32)), { signal }), { code: 'BLOCK_NOT_FOUND' }) // prettier-ignore
      t.ok(performance.now() - started < 3500)
    })

    await t.test('many at once', async (t) => {
      const blocks = Array.from({ length: 60 }, (_, i) => Buffer.from(`${name} ${i}`))
      for (const block of blocks) await plant(raw(block), block)
      const got = await Promise.all(blocks.map((block) => wrapped.getBlock(raw(block), { signal })))
      t.ok(got.every((block, i) => blocks[i]!.equals(block)))
    })

    await t.test('what was aborted ends with its reason, before and meanwhile', async (t) => {
      const reason = new Error('enough')
      const block = randomBytes(LARGEST)
      await plant(raw(block), block)
      await t.rejects(wrapped.getBlock(raw(block), { signal: AbortSignal.abort(reason) }), reason)
      const end = new AbortController()
      const call = wrapped.getBlock(raw(block), { signal: end.signal })
      end.abort(reason)
      await t.rejects(call, reason)
      t.ok(Buffer.from(block).equals(await wrapped.getBlock(raw(block), { signal })))
    })

    await t.test('a flipped byte is INTEGRITY', async (t) => {
      const block = randomBytes(1000)
      await plant(raw(block), block)
      const lying = new Verified(new Faulty(backend, { corruptEvery: 1 }))
      await t.rejects(lying.getBlock(raw(block), { signal }), { code: 'INTEGRITY' })
    })

    await t.test('what it cannot do is UNSUPPORTED', async (t) => {
      const cid = raw(Buffer.from('x'))
      const first = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => {
        for await (const piece of pieces) return void piece
      }
      const calls: Record<(typeof CAPABILITIES)[number], () => Promise<unknown>> = {
        'file-stream': async () => first(wrapped.readFile(cid, 0, { signal })),
        'entity-car': async () => first(wrapped.readEntityCar(cid, 0, { signal })),
        'many-files': async () => first(wrapped.readFiles([cid], { signal })),
        'dag-export': async () => first(wrapped.exportDag(cid, { signal })),
        put: () => wrapped.putBlock(cid, Buffer.from('x'), { signal }),
        delete: () => wrapped.deleteBlock(cid, { signal }),
        pin: () => wrapped.pin(cid, { signal }),
        names: () => wrapped.getNameRecords('x', { signal }),
        keys: () => wrapped.listKeys({ signal }),
        'mutable-files': () => wrapped.listMutable('/', { signal })
      }
      for (const capability of CAPABILITIES)
        if (!backend.capabilities.has(capability))
          await t.rejects(calls[capability](), { code: 'UNSUPPORTED' }, capability)
    })

    if (backend.capabilities.has('put'))
      await t.test('put: once, twice, by many at once; and gone when deleted', async (t) => {
        const block = randomBytes(5000)
        const cid = raw(block)
        await Promise.all(Array.from({ length: 5 }, () => wrapped.putBlock(cid, block, { signal })))
        await wrapped.putBlock(cid, block, { signal })
        t.same(Buffer.from(await wrapped.getBlock(cid, { signal })), block)
        const node = pbLeaf('put as a node')
        const nodeCid = Cid.v1(DAG_PB, SHA2_256, sha256(node))
        await wrapped.putBlock(nodeCid, node, { signal })
        t.same(Buffer.from(await wrapped.getBlock(nodeCid, { signal })), Buffer.from(node))
        await wrapped.deleteBlock(cid, { signal })
        await wrapped.deleteBlock(cid, { signal })
        await t.rejects(wrapped.getBlock(cid, { signal }), { code: 'BLOCK_NOT_FOUND' })
      })

    await t.test('it says what it is', async (t) => {
      t.ok((await wrapped.health({ signal })).version.length > 0)
    })

    const { stop, resume } = subject
    if (stop !== undefined && resume !== undefined)
      await t.test('one that stopped is TIMEOUT within its deadline, and comes back', async (t) => {
        const block = randomBytes(100)
        await plant(raw(block), block)
        stop()
        // A signal takes a moment to reach all threads of a program.
        await delay(200)
        const started = performance.now()
        await t.rejects(wrapped.getBlock(raw(block), { signal }), { code: 'TIMEOUT' })
        t.ok(performance.now() - started < 10_000)
        resume()
        t.same(Buffer.from(await wrapped.getBlock(raw(block), { signal })), block)
      })

    await t.test('closed, it is CLOSED', async (t) => {
      await wrapped.close()
      await t.rejects(wrapped.getBlock(raw(Buffer.from('x')), { signal }), { code: 'CLOSED' })
    })
  })
}
