/** The links of blocks of every codec, and what cannot be known. */
import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import { bases } from 'multiformats/basics'
import { CID } from 'multiformats/cid'
import t from 'tap'
import { CBOR, Cid, DAG_CBOR, DAG_JOSE, DAG_JSON, DAG_PB, JSON_CODEC, LIBP2P_KEY, RAW } from '../../src/core/cid.js' // prettier-ignore
import { IDENTITY, SHA2_256, sha256 } from '../../src/core/hash.js'
import { encodePb } from '../../src/formats/dag-pb.js'
import { linksOf, linksToStored } from '../../src/formats/links.js'
import { rawCid } from '../support/stores.js'

const cidOf = (codec: number, block: Uint8Array): Cid => Cid.v1(codec, SHA2_256, sha256(block))
const leaf = rawCid(Buffer.from('leaf'))
const other = rawCid(Buffer.from('other'))
const theirs = (cid: Cid): CID => CID.decode(cid.bytes)
const answer = (codec: number, block: Uint8Array): string[] | string => {
  const links = linksOf(cidOf(codec, block), block)
  return links.answer === 'unknown' ? links.reason : links.cids.map(String)
}

t.test('codecs without links by definition', async (t) => {
  for (const codec of [RAW, CBOR, JSON_CODEC, LIBP2P_KEY])
    t.equal(linksOf(cidOf(codec, leaf.bytes), leaf.bytes).answer, 'none')
})

t.test('threats 72: a codec that is not known may have links', async (t) => {
  for (const codec of [0x78, 0x90, 0x300000])
    t.match(answer(codec, Buffer.from('x')), new RegExp(`codec 0x${codec.toString(16)}`))
})

t.test('dag-cbor: links at any depth; what is malformed is not known', async (t) => {
  const block = dagCbor.encode({ a: [theirs(leaf), { b: theirs(other) }], c: theirs(leaf) })
  t.same(answer(DAG_CBOR, block), [leaf, other, leaf].map(String))
  t.match(answer(DAG_CBOR, block.subarray(0, 20)), /malformed/)
  t.match(answer(DAG_CBOR, Buffer.from('d82a6161', 'hex')), /malformed/, 'a link of text')
  t.match(answer(DAG_CBOR, Buffer.from('d82a4101', 'hex')), /malformed/, 'without its prefix')
  t.match(answer(DAG_CBOR, Buffer.from('d82a420001', 'hex')), /not a CID/)
})

t.test('dag-json: links in every multibase, as a decoder finds them', async (t) => {
  for (const base of Object.values(bases).filter(({ name }) => name !== 'identity')) {
    const text = base.encode(leaf.bytes)
    t.same(answer(DAG_JSON, Buffer.from(JSON.stringify({ a: { '/': text } }))), [String(leaf)], text) // prettier-ignore
  }
  const value = { a: [theirs(leaf)], b: { c: theirs(other) }, d: new Uint8Array(3), '/x': '/' }
  t.same(answer(DAG_JSON, dagJson.encode(value)), [leaf, other].map(String))
  const spaced = Buffer.from(`{ "\\u002f" : "${leaf}" }\n`)
  t.same(answer(DAG_JSON, spaced), [String(leaf)], 'spaces and escapes')
  const twice = Buffer.from(`{"a":{"/":"${leaf}"},"a":{"/":"${other}"}}`)
  t.same(answer(DAG_JSON, twice), [leaf, other].map(String), 'a repeated key loses no link')
  t.same(answer(DAG_JSON, Buffer.from(`{"/":"${leaf}","x":1}`)), [], 'two keys are no link')
  t.same(answer(DAG_JSON, Buffer.from(`["/","${leaf}"]`)), [])
  t.match(answer(DAG_JSON, Buffer.from('{"/":"?x"}')), /not a CID/)
  t.match(answer(DAG_JSON, Buffer.from('{"a":')), /malformed/)
  const deep = Buffer.from(`${'['.repeat(100_000)}{"/":"${leaf}"}${']'.repeat(100_000)}`)
  t.same(answer(DAG_JSON, deep), [String(leaf)], 'depth takes no stack')
})

t.test(
  'dag-jose: the payload of a signed object is a link; an encrypted one has none',
  async (t) => {
    const signed = { payload: leaf.bytes, signatures: [{ signature: new Uint8Array(64) }] }
    t.same(answer(DAG_JOSE, dagCbor.encode(signed)), [String(leaf)])
    t.same(answer(DAG_JOSE, dagCbor.encode({ ciphertext: new Uint8Array(9) })), [])
    t.match(
      answer(DAG_JOSE, dagCbor.encode({ ...signed, payload: new Uint8Array(9) })),
      /not a CID/
    )
    t.match(answer(DAG_JOSE, Buffer.from('x')), /malformed/)
  }
)

t.test('dag-pb: a link that no block can have is a link with a flaw', async (t) => {
  const cut = Cid.v1(RAW, SHA2_256, leaf.digest.subarray(0, 10))
  const block = encodePb(
    [cut, leaf].map((cid) => ({ name: Buffer.from('x'), cid: cid.bytes, tsize: 1 })),
    Buffer.of(8, 1)
  )
  const links = linksOf(cidOf(DAG_PB, block), block)
  t.same(
    links.cids.map(({ flaw }) => flaw !== undefined),
    [true, false]
  )
  t.match(answer(DAG_PB, block.subarray(1)), /malformed/)
})

t.test(
  'threats 73: identity nodes are replaced by their own links, in each other too',
  async (t) => {
    const inner = Cid.v1(DAG_CBOR, IDENTITY, dagCbor.encode(theirs(leaf)))
    const outer = Cid.v1(DAG_CBOR, IDENTITY, dagCbor.encode([theirs(inner)]))
    const block = dagCbor.encode([theirs(outer), theirs(other)])
    const links = linksToStored(cidOf(DAG_CBOR, block), block)
    t.same(links.cids.map(String), [leaf, other].map(String))
    const unreadable = Cid.v1(0x78, IDENTITY, Buffer.from('tree'))
    const odd = dagCbor.encode([theirs(unreadable)])
    t.equal(linksToStored(cidOf(DAG_CBOR, odd), odd).answer, 'unknown')
    const mixed = dagCbor.encode([theirs(unreadable), theirs(other)])
    const partly = linksToStored(cidOf(DAG_CBOR, mixed), mixed)
    t.same([partly.answer, partly.cids.map(String)], ['unknown', [String(other)]], 'siblings stay')
  }
)
