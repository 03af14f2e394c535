/** The inode table against a Map, as one thread sees it and as two do. */
import { isDeepStrictEqual } from 'node:util'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import fc from 'fast-check'
import { equalBytes } from '../../src/core/bytes.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { IDENTITY, SHA2_256, SHA2_512, hashFor, sha256 } from '../../src/core/hash.js'
import { Fingerprint, NodeIdentity } from '../../vfs/identity.js'
import type { NodeStat } from '../../src/core/node-stat.js'
import { LOOKUPS, WORDS } from '../../vfs/inode-record.js'
import { InodeTable, reserveInodes } from '../../vfs/inode-table.js'

const cidOf = (n: number): Cid => {
  const bytes = Buffer.from(`content ${n}`)
  if (n % 3 === 1) return Cid.v1(0x0129, SHA2_512, hashFor(SHA2_512)!.digest(bytes))
  if (n % 3 === 2) return Cid.v1(RAW, IDENTITY, Buffer.alloc(100 + (n % 29), n))
  return Cid.v1(RAW, SHA2_256, sha256(bytes))
}

const stat = (type: NodeStat['type'], n: number): NodeStat => ({
  type,
  size: n * 2 ** 33,
  mode: n % 2 === 0 ? 0o640 : undefined,
  mtime: n % 5 === 0 ? { sec: -n, nsec: n } : undefined
})

const TREE = 2

/** The place of a name in a folder of content. */
function placeOf(name: string): NodeIdentity {
  const identity = new NodeIdentity()
  const folder = { originLow: 1, originHigh: 2, pathLow: 3, pathHigh: 4 }
  identity.become(folder, false, Buffer.from(name), new Fingerprint(), false)
  return identity
}

const step = fc.record({
  n: fc.nat(12),
  directory: fc.boolean(),
  parent: fc.integer({ min: 1, max: 3 }),
  forget: fc.nat(3)
})

t.test(
  'references are counted per node, records are used again, what is read is what was put',
  async (t) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const table = new InodeTable(reserveInodes(120))
        const model = new Map<
          string,
          { id: number; count: number; n: number; type: 'file' | 'directory' }
        >()
        for (const { n, directory, parent, forget } of steps) {
          const type = directory ? 'directory' : 'file'
          const key = `${parent}/${n} ${type}`
          const known = model.get(key)
          if (forget > 0 && known !== undefined) {
            const count = Math.min(forget, known.count)
            table.forget(known.id, count)
            known.count -= count
            if (known.count === 0) model.delete(key)
            continue
          }
          const id = table.acquire(
            parent,
            placeOf(`name ${n}`),
            TREE,
            cidOf(n).bytes,
            stat(type, n)
          )
          if (known !== undefined && known.id !== id) return false
          if (known === undefined) model.set(key, { id, count: 1, n, type })
          else known.count++
        }
        for (const { id, n, type } of model.values()) {
          const node = table.get(id)
          if (!equalBytes(node.key, cidOf(n).bytes) || node.tree !== TREE) return false
          if (!isDeepStrictEqual(node.stat, stat(type, n))) return false
        }
        return (
          table.live === model.size &&
          new Set([...model.values()].map(({ id }) => id)).size === model.size
        )
      }),
      { numRuns: 60 }
    )
    t.pass('as the model')
  }
)

t.test('threats 69: equal content is one node a place, and no place is two nodes', async (t) => {
  const table = new InodeTable(reserveInodes(20))
  const key = cidOf(0).bytes
  const acquire = (parent: number, name: string): number =>
    table.acquire(parent, placeOf(name), TREE, key, stat('file', 1))
  const ids = [acquire(5, 'a'), acquire(5, 'b'), acquire(6, 'a')]
  t.equal(new Set(ids).size, 3)
  t.equal(acquire(5, 'a'), ids[0])
  const other = table.acquire(5, placeOf('a'), TREE + 1, key, stat('file', 1))
  t.not(other, ids[0], 'nor are two trees of one name')
})

t.test('a folder that was another before has no children of that one', async (t) => {
  const table = new InodeTable(reserveInodes(20))
  const child = (origin: number): NodeIdentity => {
    const identity = new NodeIdentity()
    const folder = { originLow: origin, originHigh: 0, pathLow: 3, pathHigh: 4 }
    identity.become(folder, false, Buffer.from('n'), new Fingerprint(), true)
    return identity
  }
  const key = cidOf(0).bytes
  const one = table.acquire(9, child(1), TREE, key, stat('directory', 0))
  t.not(table.acquire(9, child(2), TREE, key, stat('directory', 0)), one)
})

t.test('a generation is never seen twice, whatever other records have held', async (t) => {
  const table = new InodeTable(reserveInodes(20))
  const zero = Cid.v1(RAW, IDENTITY, Buffer.alloc(120))
  const seen = new Set<string>()
  for (let i = 0; i < 20; i++) {
    const ids = [cidOf(i), zero, cidOf(i + 100)].map((cid) =>
      table.acquire(1, placeOf('n'), TREE, cid.bytes, stat('file', i))
    )
    for (const id of ids) {
      const key = `${id}/${table.generation(id)}`
      t.notOk(seen.has(key), key)
      seen.add(key)
    }
    for (const id of ids.reverse()) table.forget(id, 1)
  }
})

t.test('a size that was only claimed is told as such, until it is made sure of', async (t) => {
  const memory = reserveInodes(20)
  const [table, other] = [new InodeTable(memory), new InodeTable(memory)]
  const file = (size: number): NodeStat => ({ type: 'file', size, mode: undefined, mtime: undefined }) // prettier-ignore
  const place = placeOf('n')
  const key = cidOf(0).bytes
  const state = (id: number): string => other.isClaimed(id) ? 'claimed' : other.isMistold(id) ? 'mistold' : 'sure' // prettier-ignore
  const id = table.acquire(7, place, TREE, key, file(5), 3)
  t.equal(state(id), 'claimed')
  t.match(other.get(id), { stat: { size: 5 }, claim: 3 })
  t.equal(table.acquire(7, place, TREE, key, file(6), 9), id, 'claimed once more, otherwise')
  t.match(other.get(id), { stat: { size: 5 }, claim: 3 })
  table.settle(id, 4)
  t.equal(state(id), 'mistold')
  t.match(other.get(id), { stat: { size: 4 }, claim: undefined })
  table.acquire(7, place, TREE, key, file(5), 3)
  t.equal(other.get(id).stat.size, 4, 'nobody claims what is known')
  t.equal(state(id), 'mistold', 'and a claim puts nothing right')
  table.acquire(7, place, TREE, key, file(4))
  t.equal(state(id), 'sure', 'the right size was told')
  table.settle(id, 99)
  t.equal(other.get(id).stat.size, 4, 'what is sure stays')
  table.forget(id, 4)
  const again = table.acquire(7, place, TREE, key, file(5), 3)
  table.settle(again, 5)
  t.equal(state(again), 'sure', 'it was right')
  table.forget(again, 1)
  const third = table.acquire(7, place, TREE, key, file(5), 3)
  t.equal(table.acquire(7, place, TREE, key, file(4)), third)
  t.equal(
    state(third),
    'mistold',
    'an answer that began before the wrong one was heard may be ignored'
  )
  table.acquire(7, place, TREE, key, file(4))
  t.equal(state(third), 'sure')
  table.forget(third, 3)
  const sure = table.acquire(7, place, TREE, key, file(4))
  t.equal(state(sure), 'sure', 'a record that is used again claims nothing')
})

t.test('a node with more references than are counted is never another', async (t) => {
  const memory = reserveInodes(20)
  const table = new InodeTable(memory)
  const id = table.acquire(1, placeOf('n'), TREE, cidOf(0).bytes, stat('file', 1))
  // A name that the kernel looks up for each use, for a day.
  new Int32Array(memory.records)[id * WORDS + LOOKUPS] = 2 ** 31 - 2
  for (let i = 0; i < 4; i++) t.equal(table.hold(id), true)
  table.forget(id, 1)
  t.equal(table.get(id).stat.size, 2 ** 33)
  t.equal(table.hold(id), true)
})

t.test('a full table is MEMORY_BUDGET, a forgotten node STALE', async (t) => {
  const table = new InodeTable(reserveInodes(12))
  const ids: number[] = []
  t.throws(
    () => {
      for (let n = 0; n < 60; n += 3)
        ids.push(table.acquire(1, placeOf(`x${n}`), TREE, cidOf(n).bytes, stat('file', n)))
    },
    { code: 'MEMORY_BUDGET' }
  )
  t.ok(ids.length >= 5)
  table.forget(ids[0]!, 1)
  t.throws(() => table.get(ids[0]!), { code: 'STALE' })
  t.throws(() => table.get(10 ** 9), { code: 'STALE' })
})

t.test('two threads agree on every node', async (t) => {
  const memory = reserveInodes(5000)
  const module = new URL('../../vfs/inode-table.js', import.meta.url).href
  const identities = new URL('../../vfs/identity.js', import.meta.url).href
  const source = `
    const { workerData, parentPort } = require('node:worker_threads')
    Promise.all([import(${JSON.stringify(module)}), import(${JSON.stringify(identities)})]).then(([{ InodeTable }, { Fingerprint, NodeIdentity }]) => {
      const table = new InodeTable(workerData.memory)
      const { createHash } = require('node:crypto')
      const ids = []
      for (let round = 0; round < 40; round++)
        for (let n = 0; n < 400; n++) {
          const key = createHash('sha256').update(String(n)).digest()
          const identity = new NodeIdentity()
          const folder = { originLow: 1, originHigh: 2, pathLow: 3, pathHigh: 4 }
          identity.become(folder, false, Buffer.from('n' + n), new Fingerprint(), false)
          const stat = { type: n % 2 ? 'file' : 'directory', size: n, mode: undefined, mtime: undefined }
          const id = table.acquire(1, identity, 1, key, stat)
          if (!key.equals(table.get(id).key)) throw new Error('torn record')
          if (round === 0) ids.push(id)
          else table.forget(id, 1)
        }
      parentPort.postMessage(ids)
    })`
  const run = () =>
    new Promise<number[]>((resolve, reject) => {
      const worker = new Worker(source, { eval: true, workerData: { memory } })
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  const [one, two] = await Promise.all([run(), run()])
  t.same(one, two, 'the same ids')
  t.equal(new InodeTable(memory).live, 400)
  const table = new InodeTable(memory)
  for (const id of one) table.forget(id, 2)
  t.equal(table.live, 0, 'every reference was counted')
})
