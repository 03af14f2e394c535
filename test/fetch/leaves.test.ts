import t from 'tap'
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_FILE } from '../../src/formats/unixfs.js'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { FileShape } from '../../src/fetch/leaves.js'
import type { BlockRecord, BlockSource } from '../../src/store/ports.js'

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
