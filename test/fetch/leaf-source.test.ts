import { encode as encodeCbor } from '@ipld/dag-cbor'
import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import { CID } from 'multiformats/cid'
import t from 'tap'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { isKitError } from '../../src/core/errors.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { varintLength, writeVarint } from '../../src/core/varint.js'
import { CarLeaves } from '../../src/fetch/leaf-source.js'
import type { Leaf } from '../../src/fetch/leaves.js'
import { ExactReader } from '../../src/core/exact-reader.js'

interface Block {
  readonly cid: Cid
  readonly bytes: Uint8Array
}

const raw = (bytes: Uint8Array): Block => ({ cid: Cid.v1(RAW, SHA2_256, sha256(bytes)), bytes })
/** What a node between leaves looks like to whoever passes it over. */
const node = (bytes: Uint8Array): Block => ({ cid: Cid.v1(DAG_PB, SHA2_256, sha256(bytes)), bytes })

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintLength(value))
  writeVarint(bytes, 0, value)
  return bytes
}

function carOf(blocks: readonly Block[], version = 1): Buffer {
  const header = encodeCbor({ version, roots: [CID.decode(blocks[0]!.cid.bytes)] })
  const sections = blocks.flatMap(({ cid, bytes }) => [varint(cid.bytes.length + bytes.length), cid.bytes, bytes]) // prettier-ignore
  return Buffer.concat([varint(header.length), header, ...sections])
}

async function* inParts(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The leaves of a file, read one after the other as a fetch would keep them. */
async function readAll(car: Buffer, leaves: readonly Block[], size: number): Promise<boolean> {
  const here = new Map<string, Uint8Array>()
  const source = new CarLeaves(new ExactReader(inParts(car, size)), (cid) => here.get(String(cid)))
  let right = true
  for (const { cid, bytes } of leaves) {
    const leaf: Leaf = { cid, offset: 0, size: bytes.length }
    const room = await source.read(leaf)
    right &&= Buffer.from(bytes).equals(room.block)
    here.set(String(cid), Uint8Array.from(room.block))
    source.giveBack(room)
  }
  await source.close()
  return right
}

t.test(
  'leaves come out of an archive, with and without its repeats, in parts of any size',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 2000 }),
        async (contents, dups, size) => {
          const leaves = contents.map(raw)
          const seen = new Set<string>()
          const sent = leaves.filter(
            ({ cid }) => dups || (!seen.has(String(cid)) && seen.add(String(cid)))
          )
          const blocks = sent.flatMap((leaf, i) =>
            i % 3 === 0 ? [node(randomBytes(50)), leaf] : [leaf]
          )
          return await readAll(carOf(blocks), leaves, size)
        }
      )
    )
    t.pass()
  }
)

t.test('threats 3: a damaged archive never gives a wrong leaf, and always ends', async (t) => {
  const leaves = Array.from({ length: 5 }, (_, i) => raw(randomBytes(100 + i)))
  const good = carOf([node(randomBytes(40)), ...leaves])
  let refused = 0
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good)
    bad[at]! ^= 1 << (at % 8)
    try {
      t.ok(await readAll(bad, leaves, 64))
    } catch (error) {
      if (!isKitError(error)) throw error
      refused++
    }
  }
  t.ok(refused > good.length / 2, `${refused} of ${good.length}`)
  for (let length = 0; length < good.length; length += 7)
    await t.rejects(readAll(good.subarray(0, length), leaves, 64), { name: 'KitError' })
})

t.test('threats 4: leaves may come a little out of order, and not further', async (t) => {
  const leaves = Array.from({ length: 200 }, () => raw(randomBytes(20)))
  const shuffled = leaves.map((leaf, i) => ({ leaf, at: i + Math.random() * 16 })).sort((a, b) => a.at - b.at).map(({ leaf }) => leaf) // prettier-ignore
  t.ok(await readAll(carOf(shuffled), leaves, 64))
  const late = [...leaves.slice(1), leaves[0]!]
  await t.rejects(readAll(carOf(late), leaves, 64), { code: 'BACKEND_UNAVAILABLE' })
})

t.test(
  'threats 5: a length that nobody would send, another version, nodes without end are refused',
  async (t) => {
    const [one, two] = [raw(randomBytes(10)), raw(randomBytes(10))]
    const long = Buffer.concat([carOf([one]), varint(2 ** 40)])
    await t.rejects(readAll(long, [one, two], 64), /over the limit/)
    await t.rejects(readAll(carOf([one], 2), [one], 64), { code: 'UNSUPPORTED' })
    await t.rejects(readAll(Buffer.from('<html>not at all</html>'), [one], 64), {
      name: 'KitError'
    })
    const nodes = Array.from({ length: 200 }, () => node(randomBytes(20)))
    await t.rejects(readAll(carOf([...nodes, one]), [one], 64), { code: 'BACKEND_UNAVAILABLE' })
  }
)
