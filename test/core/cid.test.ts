import t from 'tap'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { base16 } from 'multiformats/bases/base16'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { base64url } from 'multiformats/bases/base64'
import { toHex } from '../../src/core/bytes.js'
import { Cid, DAG_CBOR, RAW, verifyBlock } from '../../src/core/cid.js'
import { BLAKE2B_256, BLAKE3, IDENTITY, SHA2_256, SHA2_512, sha256 } from '../../src/core/hash.js'

t.test('agrees with multiformats on text, bytes and parts', async (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.constantFrom(RAW, 0x70, DAG_CBOR, 0x0129),
      (digest, codec) => {
        const theirs = CID.createV1(codec, Digest.create(SHA2_256, digest))
        const ours = Cid.v1(codec, SHA2_256, digest)
        t.equal(String(ours), String(theirs))
        for (const base of [base16, base36, base58btc, base64url])
          if (!Cid.parse(theirs.toString(base)).equals(ours)) throw new Error(base.name)
        t.equal(ours.codec, codec)
      }
    ),
    { numRuns: 50 }
  )
  const v0 = 'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH'
  t.equal(String(Cid.parse(v0)), v0)
  t.equal(Cid.parse(v0).version, 0)
})

t.test('threats 12: malformed CIDs are INVALID_CID with their reason', async (t) => {
  const long = Cid.v1(RAW, IDENTITY, new Uint8Array(129))
  t.throws(() => Cid.decode(long.bytes), { code: 'INVALID_CID', message: /129 bytes, over 128/ })
  t.equal(Cid.decode(Cid.v1(RAW, IDENTITY, new Uint8Array(128)).bytes).digest.length, 128)
  const short = Cid.v1(RAW, SHA2_256, new Uint8Array(31))
  t.throws(() => Cid.decode(short.bytes), { code: 'INVALID_CID', message: /31 bytes/ })
  for (const text of ['', 'x', 'Qm', 'hello', 'bafy!!', `b${'a'.repeat(10)}`, 'zQm'])
    t.throws(() => Cid.parse(text), { code: 'INVALID_CID' }, `"${text}"`)
})

t.test(
  'threats 13: every supported hash verifies, another block does not, an unknown hash is UNSUPPORTED',
  async (t) => {
    const block = Buffer.from('content addressed')
    const vectors: [number, string][] = [
      [SHA2_256, sha256(block).toString()],
      [SHA2_512, ''],
      [BLAKE3, ''],
      [BLAKE2B_256, '']
    ]
    const { hashFor } = await import('../../src/core/hash.js')
    for (const [code] of vectors) {
      const cid = Cid.v1(RAW, code, hashFor(code)!.digest(block))
      t.doesNotThrow(() => verifyBlock(cid, block))
      t.throws(() => verifyBlock(cid, Buffer.from('other')), { code: 'INTEGRITY' })
    }
    t.throws(() => verifyBlock(Cid.v1(RAW, 0x1b, new Uint8Array(32)), block), {
      code: 'UNSUPPORTED'
    })
  }
)

t.test('blake3 and blake2b-256 match their published values for the empty input', async (t) => {
  const { hashFor } = await import('../../src/core/hash.js')
  const hex = (code: number) =>
    Buffer.from(hashFor(code)!.digest(new Uint8Array(0))).toString('hex')
  t.equal(hex(BLAKE3), 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262')
  t.equal(hex(BLAKE2B_256), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8')
})

t.test('one multihash is one store key, whatever version and codec', async (t) => {
  const digest = sha256(Buffer.from('x'))
  t.equal(toHex(Cid.v0(digest).key), toHex(Cid.v1(RAW, SHA2_256, digest).key))
  t.not(toHex(Cid.v1(RAW, BLAKE3, digest).key), toHex(Cid.v1(RAW, SHA2_256, digest).key))
})
