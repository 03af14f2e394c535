import t from 'tap'
import fc from 'fast-check'
import * as reference from '@ipld/dag-pb'
import { CID } from 'multiformats/cid'
import { decodePb, encodePb, linkCid, linkName, TSIZE_ABSENT } from '../../src/formats/dag-pb.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { SHA2_256, sha256 } from '../../src/core/hash.js'

const link = fc.record({
  name: fc.string({ unit: 'grapheme', maxLength: 20 }),
  seed: fc.nat(),
  tsize: fc.maxSafeNat()
})

t.test('encodes and decodes as @ipld/dag-pb does', async (t) => {
  fc.assert(
    fc.property(
      fc.array(link, { maxLength: 30 }),
      fc.uint8Array({ maxLength: 100 }),
      (links, data) => {
        const ours = links
          .map(({ name, seed, tsize }) => ({
            name: Buffer.from(name),
            cid: Cid.v1(RAW, SHA2_256, sha256(Buffer.from(String(seed)))).bytes,
            tsize
          }))
          .sort((a, b) => Buffer.compare(a.name, b.name))
        const bytes = encodePb(ours, data)
        const theirs = reference.encode(
          reference.prepare({
            Data: data,
            Links: ours.map(({ name, cid, tsize }) => ({
              Name: name.toString(),
              Hash: CID.decode(cid),
              Tsize: tsize
            }))
          })
        )
        if (Buffer.compare(bytes, theirs) !== 0) return false
        const node = decodePb(bytes)
        return ours.every(
          ({ name, cid, tsize }, i) =>
            Buffer.compare(linkName(node, i), name) === 0 &&
            Buffer.compare(linkCid(node, i), cid) === 0 &&
            node.tsizes[i] === tsize
        )
      }
    ),
    { numRuns: 200 }
  )
  t.pass('same bytes')
})

t.test('threats 24: a name that is not UTF-8 survives decoding and encoding', async (t) => {
  const name = Buffer.from([0xff, 0xfe, 0x41])
  const cid = Cid.v1(RAW, SHA2_256, sha256(name)).bytes
  const node = decodePb(encodePb([{ name, cid, tsize: 1 }], new Uint8Array(0)))
  t.equal(Buffer.from(linkName(node, 0)).toString('hex'), 'fffe41')
})

t.test('random bytes never crash and never read outside the block', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodePb(bytes)
      } catch (error) {
        return (error as { code?: string }).code === 'CORRUPT_FORMAT'
      }
      return true
    }),
    { numRuns: 2000 }
  )
  t.pass('CORRUPT_FORMAT or a node')
})

t.test('a link may come without its Tsize, not without its hash', async (t) => {
  const cid = Cid.v1(RAW, SHA2_256, sha256(Buffer.from('x'))).bytes
  const bare = Buffer.concat([Buffer.from([0x12, cid.length + 2, 0x0a, cid.length]), cid])
  t.equal(decodePb(bare).tsizes[0], TSIZE_ABSENT)
  t.throws(() => decodePb(Buffer.from([0x12, 3, 0x12, 1, 0x61])), { message: /no hash/ })
})
