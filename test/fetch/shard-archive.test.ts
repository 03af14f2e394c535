/** The shards of a real directory out of archives: in order, in disorder, damaged, with too much in them. */
import { encode as encodeCbor } from '@ipld/dag-cbor'
import { randomBytes } from 'node:crypto'
import { CID } from 'multiformats/cid'
import t, { type Test } from 'tap'
import { shardsBelow } from '../../src/content/hamt-reader.js'
import { PROFILES } from '../../src/content/profile.js'
import type { Cid } from '../../src/core/cid.js'
import { isKitError } from '../../src/core/errors.js'
import { varintLength, writeVarint } from '../../src/core/varint.js'
import { ExactReader } from '../../src/core/exact-reader.js'
import { takeShards } from '../../src/fetch/shard-archive.js'
import { addTree, type Tree } from '../support/adding.js'
import { openStore, rawCid, write } from '../support/stores.js'

interface Shard {
  readonly cid: Cid
  readonly block: Uint8Array
}

/** All shards of a directory, the root first, each before those below it. */
async function shardsOf(t: Test): Promise<Shard[]> {
  const { store } = openStore(t)
  const tree: Record<string, Tree | Uint8Array> = {}
  for (let i = 0; i < 9000; i++) tree[`an entry with a name of some length ${i}`] = Buffer.from(`${i % 9}`) // prettier-ignore
  const added = await write(store, (session) => addTree(session, PROFILES['unixfs-v1-2025'], tree))
  const all: Shard[] = []
  const visit = (cid: Cid): void => {
    const block = store.reader.get(cid)
    all.push({ cid, block })
    for (const below of shardsBelow(cid, block)) visit(below)
  }
  visit(added.cid)
  return all
}

function carOf(blocks: readonly Shard[]): Buffer {
  const varint = (value: number): Uint8Array => {
    const bytes = new Uint8Array(varintLength(value))
    writeVarint(bytes, 0, value)
    return bytes
  }
  const header = encodeCbor({ version: 1, roots: [CID.decode(blocks[0]!.cid.bytes)] })
  return Buffer.concat([varint(header.length), header, ...blocks.flatMap(({ cid, block }) => [varint(cid.bytes.length + block.length), cid.bytes, block])]) // prettier-ignore
}

async function* inParts(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007)
}

/** @returns the shards that were kept, and how it ended. */
async function take(root: Shard, archive: Buffer) {
  const kept = new Map<string, Uint8Array>()
  const ended = await takeShards(
    new ExactReader(inParts(archive)),
    shardsBelow(root.cid, root.block),
    {
      has: (cid) => kept.has(String(cid)),
      keep: (cid, block) => {
        kept.set(String(cid), Uint8Array.from(block))
        return shardsBelow(cid, block)
      }
    }
  ).then(
    () => 'whole',
    (error: unknown) => (isKitError(error) ? error.code : String(error))
  )
  return { kept, ended }
}

t.test('shards out of an archive', { timeout: 60_000 }, async (t) => {
  const shards = await shardsOf(t)
  const [root, ...below] = shards
  t.ok(below.length > 500, `${below.length} shards`)
  const known = new Map(below.map(({ cid, block }) => [String(cid), Buffer.from(block)]))
  const isRight = (kept: Map<string, Uint8Array>): boolean =>
    [...kept].every(([cid, block]) => known.get(cid)?.equals(block) === true)

  await t.test('in its order all of them come', async (t) => {
    const { kept, ended } = await take(root!, carOf(shards))
    t.equal(ended, 'whole')
    t.equal(kept.size, below.length)
    t.ok(isRight(kept))
  })
  await t.test('each twice, and not all: what is there comes', async (t) => {
    const some = below.filter((_, i) => i % 50 !== 0).flatMap((shard) => [shard, shard])
    const { kept, ended } = await take(root!, carOf([root!, ...some]))
    t.equal(ended, 'whole')
    t.ok(kept.size > below.length / 2 && isRight(kept))
  })
  await t.test('children before their parents are left for later', async (t) => {
    const { kept } = await take(root!, carOf([...shards].reverse()))
    t.ok(kept.size < below.length && isRight(kept))
  })
  await t.test('a damaged shard, an end in the middle, no archive at all', async (t) => {
    const good = carOf(shards)
    for (let times = 0; times < 30; times++) {
      const bad = Buffer.from(good)
      bad[Math.floor(Math.random() * bad.length)]! ^= 1 + Math.floor(Math.random() * 255)
      // threats 3
      t.ok(isRight((await take(root!, bad)).kept))
    }
    const { kept, ended } = await take(root!, good.subarray(0, good.length / 2))
    t.equal(ended, 'BACKEND_UNAVAILABLE')
    t.ok(kept.size > 100 && isRight(kept))
    // threats 5
    for (const other of [Buffer.from('<html>'), randomBytes(5000), Buffer.alloc(0)])
      t.equal((await take(root!, other)).kept.size, 0)
  })
  await t.test('threats 5: who sends all that lies below is not heard for long', async (t) => {
    const strangers = Array.from({ length: 2000 }, (_, i) => {
      const block = Buffer.from(`${i}`)
      return { cid: rawCid(block), block }
    })
    const { kept, ended } = await take(root!, carOf([root!, ...strangers, ...below]))
    t.equal(ended, 'UNSUPPORTED')
    t.equal(kept.size, 0)
  })
})
