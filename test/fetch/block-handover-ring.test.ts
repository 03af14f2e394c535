/** The ring of arrivals against a queue, and between threads. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import fc from 'fast-check'
import { Cid, RAW, verifyBlock } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { BlockHandoverRing, reserveBlockHandover } from '../../src/fetch/block-handover-ring.js'

const cidOf = (block: Uint8Array): Cid => Cid.v1(RAW, SHA2_256, sha256(block))
const MIB = 1 << 20

t.test(
  'what is added is taken, in its order, whatever the sizes',
  { timeout: 120_000 },
  async () => {
    const source = randomBytes(4 * MIB)
    const step = fc.oneof(
      fc.record({ length: fc.nat(64 * 1024), name: fc.constantFrom('node', 'der Andere', 'x'.repeat(63)) }), // prettier-ignore
      fc.constant('take' as const)
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600, size: 'max' }), (steps) => {
        const handover = new BlockHandoverRing(reserveBlockHandover())
        let model: { readonly block: Uint8Array; readonly name: string }[] = []
        for (const one of steps) {
          if (one !== 'take') {
            const block = source.subarray(one.length, one.length * 2)
            if (handover.add(cidOf(block), block, one.name)) model.push({ block, name: one.name })
            else if (handover.waitingBytes < 7 * MIB) return false
            continue
          }
          const taken = [...handover.take()]
          if (taken.length !== model.length || handover.waitingBytes !== 0) return false
          for (const [i, { cid, block, backend }] of taken.entries()) {
            verifyBlock(cid, block)
            if (backend !== model[i]!.name || !Buffer.from(block).equals(model[i]!.block)) return false // prettier-ignore
          }
          model = []
        }
        return true
      }),
      { numRuns: 30 }
    )
  }
)

t.test('the counts of bytes may run over', async (t) => {
  const memory = reserveBlockHandover()
  const words = new Int32Array(memory, 0, 4)
  // As after four gigabytes, less a little.
  words[1] = words[2] = -(8 * MIB)
  const handover = new BlockHandoverRing(memory)
  const block = randomBytes(60_000)
  for (let i = 0; i < 400; i++) {
    t.ok(handover.add(cidOf(block), block, 'node'))
    t.ok([...handover.take()].every(({ block: one }) => block.equals(one)))
  }
})

t.test(
  'a full ring says so; its keeper is called before, and asked for when it is quiet',
  async (t) => {
    const handover = new BlockHandoverRing(reserveBlockHandover())
    const block = randomBytes(64 * 1024)
    let called = false
    void handover.whenCrowded().then(() => (called = true))
    t.ok(handover.pollQuiet(), 'quiet')
    t.ok(handover.add(cidOf(block), block, 'node'))
    t.notOk(handover.pollQuiet(), 'somebody reads')
    t.ok(handover.pollQuiet(), 'quiet again')
    let added = 1
    while (handover.add(cidOf(block), block, 'node')) added++
    t.ok(added > 120 && added <= 128, `${added}`)
    t.ok(handover.pollQuiet(), 'crowded')
    await new Promise((resolve) => setImmediate(resolve))
    t.ok(called)
    t.equal([...handover.take()].length, added)
    t.ok(handover.add(cidOf(block), block, 'node'))
  }
)

t.test(
  'three threads add, one takes: nothing is lost or changed',
  { timeout: 60_000 },
  async (t) => {
    const memory = reserveBlockHandover()
    const modules = ['fetch/block-handover-ring', 'core/cid', 'core/hash'].map((name) => new URL(`../../src/${name}.js`, import.meta.url).href) // prettier-ignore
    const source = `
    const { workerData } = require('node:worker_threads')
    const { createHash } = require('node:crypto')
    Promise.all(workerData.modules.map((name) => import(name))).then(([{ BlockHandoverRing }, { Cid, RAW }, { sha256, SHA2_256 }]) => {
      const handover = new BlockHandoverRing(workerData.memory)
      for (let i = 0; i < 4000; i++) {
        const block = createHash('sha256').update(workerData.name + i).digest()
        const long = Buffer.concat(Array.from({ length: i % 97 }, () => block))
        while (!handover.add(Cid.v1(RAW, SHA2_256, sha256(long)), long, workerData.name)) ;
      }
    })`
    const threads = ['a', 'bb', 'ccc'].map((name) => new Worker(source, { eval: true, workerData: { memory, modules, name } })) // prettier-ignore
    const ended = Promise.all(threads.map((thread) => once(thread, 'exit')))
    const counts: Record<string, number> = { a: 0, bb: 0, ccc: 0 }
    const handover = new BlockHandoverRing(memory)
    const over = { yes: false }
    void ended.then(() => (over.yes = true))
    while (!over.yes || handover.waitingBytes > 0) {
      for (const { cid, block, backend } of handover.take()) {
        verifyBlock(cid, block)
        counts[backend]!++
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    t.same(counts, { a: 4000, bb: 4000, ccc: 4000 })
  }
)
