/** A name of a HAMT directory is found by its hash and by its table alike, in every fan-out. */
import { join } from 'node:path'
import t from 'tap'
import { openSync, closeSync } from 'node:fs'
import { Cid } from '../../src/core/cid.js'
import { fileSource } from '../../src/core/byte-source.js'
import { verifyCar } from '../../src/content/car-verify.js'
import { CarReader } from '../../src/formats/car-reader.js'
import { encodePb } from '../../src/formats/dag-pb.js'
import { murmur64 } from '../../src/formats/murmur3.js'
import { hashSlot } from '../../src/content/hamt-slots.js'
import { encodeUnixFs, UNIXFS_HAMT } from '../../src/formats/unixfs.js'
import { carOf, leafBlock, type Block } from '../support/blocks.js'
import { contentOf, openStore, pbCid, putBlocks } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

interface Link {
  readonly slot: number
  /** Empty for a shard. */
  readonly name: string
  readonly cid: Cid
}

/** A shard of any fan-out. */
function shardOf(fanout: number, links: readonly Link[]): Block {
  const width = (fanout - 1).toString(16).length
  const sorted = [...links].sort((a, b) => a.slot - b.slot)
  let field = 0n
  for (const { slot } of sorted) field |= 1n << BigInt(slot)
  const hex = field.toString(16)
  const block = encodePb(
    sorted.map(({ slot, name, cid }) => ({
      name: Buffer.from(slot.toString(16).toUpperCase().padStart(width, '0') + name),
      cid: cid.bytes,
      tsize: 1
    })),
    encodeUnixFs({ type: UNIXFS_HAMT, data: Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'), blockSizes: [], hashType: 0x22, fanout }) // prettier-ignore
  )
  return { cid: pbCid(block), block }
}

const leaf = leafBlock('x')

/** The shards of a directory of these names, the root last. */
function directoryOf(fanout: number, names: readonly string[], level = 0): Block[] {
  const bits = Math.log2(fanout)
  const slots = new Map<number, string[]>()
  for (const name of names) {
    murmur64(Buffer.from(name))
    const slot = hashSlot(level * bits, bits)
    slots.set(slot, [...(slots.get(slot) ?? []), name])
  }
  const blocks: Block[] = []
  const links: Link[] = []
  for (const [slot, inSlot] of slots) {
    if (inSlot.length === 1) links.push({ slot, name: inSlot[0]!, cid: leaf.cid })
    else {
      blocks.push(...directoryOf(fanout, inSlot, level + 1))
      links.push({ slot, name: '', cid: blocks.at(-1)!.cid })
    }
  }
  return [...blocks, shardOf(fanout, links)]
}

const namesIn = (content: ReturnType<typeof contentOf>, cid: Cid): string[] => {
  const table = content.directory(cid)
  return Array.from({ length: table.count }, (_, i) => Buffer.from(table.name(i)).toString()).sort()
}

const NAMES = Array.from({ length: 400 }, (_, i) => `name ${i}`)

for (const fanout of [8, 16, 256, 512, 1024])
  t.test(
    `fan-out ${fanout}: the root and each inner shard, before and after a listing`,
    async (t) => {
      const { store } = openStore(t)
      const blocks = directoryOf(fanout, NAMES)
      await putBlocks(store, [leaf, ...blocks])
      const root = blocks.at(-1)!.cid
      const found = (cid: Cid, names: readonly string[]): string[] => {
        const content = contentOf(store.reader)
        return names.filter((name) => content.child(cid, Buffer.from(name)) !== undefined).sort()
      }
      t.same(found(root, [...NAMES, 'no name']), [...NAMES].sort())
      t.same(namesIn(contentOf(store.reader), root), [...NAMES].sort())
      for (const { cid } of blocks.slice(0, 40)) {
        const before = found(cid, NAMES)
        t.ok(before.length > 1)
        t.same(before, namesIn(contentOf(store.reader), cid))
        t.same(found(cid, NAMES), before, 'after a listing')
      }
      const file = carOf(tempFolder(t, 'hamt'), [...blocks].reverse().concat(leaf))
      const fd = openSync(join(file), 'r')
      t.match(
        await verifyCar(new CarReader(fileSource(fd)), {
          signal: new AbortController().signal,
          onBytes: () => undefined,
          warn: () => undefined
        }),
        { hidden: 0, missing: [] }
      )
      closeSync(fd)
    }
  )

t.test('threats 20: a name in a wrong slot is hidden, before and after a listing', async (t) => {
  const { store } = openStore(t)
  murmur64(Buffer.from('good'))
  const good = hashSlot(0, 8)
  const bad = shardOf(256, [
    { slot: good, name: 'good', cid: leaf.cid },
    { slot: (good + 1) % 256, name: 'wrong', cid: leaf.cid },
    { slot: (good + 7) % 256, name: 'wrong too', cid: leaf.cid }
  ])
  await putBlocks(store, [leaf, bad])
  const content = contentOf(store.reader)
  for (const when of ['before', 'after']) {
    for (const name of ['wrong', 'wrong too'])
      t.equal(content.child(bad.cid, Buffer.from(name)), undefined, `${name} ${when}`)
    t.ok(content.child(bad.cid, Buffer.from('good')), when)
    t.same(namesIn(content, bad.cid), ['good'])
  }
  t.equal(content.directory(bad.cid).hidden, 2)
})
