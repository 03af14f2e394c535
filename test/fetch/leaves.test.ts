import t from 'tap'
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_FILE, UNIXFS_METADATA } from '../../src/formats/unixfs.js'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { MAX_METADATA } from '../../src/content/node-stats.js'
import { Kind } from '../../src/formats/block-kind.js'
import { FileShape } from '../../src/fetch/leaves.js'
import type { BlockRecord, BlockSource } from '../../src/store/ports.js'
import { contentOf, openStore, pbCid, putBlocks, rawCid } from '../support/stores.js'

t.test('a node that was let go of is had again, though its table is remembered', async (t) => {
  const leaves = ['one', 'two'].map((text) => Buffer.from(text))
  const links = leaves.map((leaf) => ({ name: new Uint8Array(), cid: Cid.v1(RAW, SHA2_256, sha256(leaf)).bytes, tsize: 3 })) // prettier-ignore
  const block = encodePb(
    links,
    encodeUnixFs({ type: UNIXFS_FILE, fileSize: 6, blockSizes: [3, 3] })
  )
  const root = Cid.v1(DAG_PB, SHA2_256, sha256(block))
  let isHere = false
  let had = 0
  const blocks = {
    find: () => (isHere ? ({ framed: false, length: block.length } as BlockRecord) : undefined),
    get: () => block
  } as unknown as BlockSource
  const shape = new FileShape(blocks, async () => {
    had++
    isHere = true
  })
  const { signal } = new AbortController()
  const all = async (): Promise<number[]> => {
    const offsets: number[] = []
    for await (const { offset } of shape.leaves(root, 0, 6, signal)) offsets.push(offset)
    return offsets
  }
  t.same(await all(), [0, 3])
  t.same(await all(), [0, 3])
  t.equal(had, 1)
  isHere = false
  t.same(await all(), [0, 3])
  t.equal(had, 2)
})

t.test('as many nodes of metadata are followed for bytes as for the stat', async (t) => {
  const { store } = openStore(t)
  const file = Buffer.from('file')
  const chain = [{ cid: rawCid(file), block: file as Uint8Array }]
  const data = encodeUnixFs({ type: UNIXFS_METADATA, blockSizes: [] })
  for (let i = 0; i <= MAX_METADATA; i++) {
    const block = encodePb([{ name: new Uint8Array(), cid: chain[i]!.cid.bytes, tsize: 4 }], data)
    chain.push({ cid: pbCid(block), block })
  }
  await putBlocks(store, chain)
  const shape = new FileShape(store.reader, async () => undefined)
  const content = contentOf(store.reader)
  const { signal } = new AbortController()
  for (const [i, { cid }] of chain.entries()) {
    const { kind } = content.stat(cid)
    const isShown = i <= MAX_METADATA
    t.equal(kind, i === 0 ? Kind.RAW : isShown ? Kind.FILE : Kind.OPAQUE, `${i} around it`)
    t.equal(String(await shape.fileBehind(cid, signal)), String(isShown ? chain[0]!.cid : cid))
  }
})
