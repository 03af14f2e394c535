/** Walks visit each block once, in order, in bounded memory. */
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import t from 'tap'
import fc from 'fast-check'
import { walk } from '../../src/content/walk.js'
import { Cid, DAG_CBOR, RAW } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { SHA2_256, sha256 } from '../../src/core/hash.js'

const store = new Map<string, Uint8Array>()
const reads: string[] = []
const load = (cid: Cid): Uint8Array => {
  reads.push(String(cid))
  const block = store.get(String(cid))
  if (block === undefined) throw new KitError('BLOCK_NOT_FOUND', String(cid))
  return block
}
const put = (links: readonly Cid[], salt = ''): Cid => {
  const block = dagCbor.encode([salt, ...links.map((cid) => CID.decode(cid.bytes))])
  const cid = Cid.v1(DAG_CBOR, SHA2_256, sha256(block))
  store.set(String(cid), block)
  return cid
}
const leafOf = (i: number): Cid => Cid.v1(RAW, SHA2_256, sha256(Buffer.from(`leaf ${i}`)))

/** The order of a recursive walk. */
function expected(root: Cid, seen = new Set<string>()): string[] {
  if (seen.has(String(root))) return []
  seen.add(String(root))
  const block = store.get(String(root))
  const links = block === undefined ? [] : dagCbor.decode<unknown[]>(block).slice(1)
  return [String(root), ...links.flatMap((cid) => expected(Cid.decode((cid as CID).bytes), seen))]
}

t.test('any DAG: parents first, links in order, each block once', async () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(30), { maxLength: 5 }), { maxLength: 20 }), (nodes) => {
      const made: Cid[] = [leafOf(0)]
      for (const [i, links] of nodes.entries())
        made.push(
          put(
            links.map((n) => made[n] ?? leafOf(n)),
            `${i}`
          )
        )
      const root = made.at(-1)!
      const order = Array.from(walk([root], load), ({ cid }) => String(cid))
      return JSON.stringify(order) === JSON.stringify(expected(root))
    })
  )
})

t.test(
  'threats 74: a chain of blocks of 60,000 links: those farther up are read again',
  async (t) => {
    const wide = Array.from({ length: 60_000 }, (_, i) => leafOf(i))
    let root = put(wide, 'bottom')
    for (let i = 0; i < 8; i++) root = put([...wide.slice(0, 30_000), root, ...wide], `${i}`)
    reads.length = 0
    let blocks = 0
    let missing = 0
    for (const { block } of walk([root], load))
      if (block === undefined) missing++
      else blocks++
    t.same([blocks, missing], [9, 60_000])
    const nodes = reads.filter((cid) => store.has(cid)).length
    t.ok(nodes > 9 && nodes <= 18, `${nodes} reads of 9 blocks`)
  }
)
