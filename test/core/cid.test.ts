import t from 'tap'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { base16 } from 'multiformats/bases/base16'
import { base2 } from 'multiformats/bases/base2'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { base64url } from 'multiformats/bases/base64'
import { toHex } from '../../src/core/bytes.js'
import { Cid, DAG_CBOR, RAW, verifyBlock } from '../../src/core/cid.js'
import {
  BLAKE2B_256,
  BLAKE3,
  hashFor,
  IDENTITY,
  SHA1,
  SHA2_256,
  sha256
} from '../../src/core/hash.js'

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
  t.throws(() => Cid.parse(String(long)), { code: 'INVALID_CID', message: /129 bytes, over 128/ })
  t.match(Cid.decode(long.bytes).flaw, /129 bytes/, 'as a link it is decoded, and has a flaw')
  t.throws(() => long.identityBlock, { code: 'CORRUPT_FORMAT' })
  t.equal(Cid.decode(Cid.v1(RAW, IDENTITY, new Uint8Array(128)).bytes).digest.length, 128)
  for (const [code, length] of [
    [SHA2_256, 19],
    [SHA2_256, 33],
    [SHA1, 21],
    [BLAKE2B_256, 33],
    [BLAKE3, 129],
    [0xd5, 129]
  ] as const)
    t.throws(
      () => Cid.parse(String(Cid.v1(RAW, code, new Uint8Array(length)))),
      { code: 'INVALID_CID', message: new RegExp(`${length} bytes`) },
      `${length} bytes of hash ${code}`
    )
  t.throws(() => Cid.parse(`z${'2'.repeat(1_000_000)}`), { message: /over 1200 letters/ })
  const longest = Cid.v1(0x7fffffff, BLAKE3, new Uint8Array(128))
  t.ok(Cid.parse(base2.encode(longest.bytes)).equals(longest))
  for (const text of ['', 'x', 'Qm', 'hello', 'bafy!!', `b${'a'.repeat(10)}`, 'zQm'])
    t.throws(() => Cid.parse(text), { code: 'INVALID_CID' }, `"${text}"`)
})

t.test(
  'threats 13: an unknown hash is UNSUPPORTED, and the error says which there are',
  async (t) => {
    const md5 = Cid.v1(RAW, 0xd5, new Uint8Array(16))
    t.equal(String(Cid.parse(String(md5))), String(md5), 'it has a name all the same')
    t.throws(() => verifyBlock(md5, Buffer.from('x')), {
      code: 'UNSUPPORTED',
      message: /0xd5 is not supported; supported are .*keccak/
    })
  }
)

// Published values for the empty input.
const EMPTY_DIGESTS: Readonly<Record<string, readonly [code: number, digest: string]>> = {
  sha1: [0x11, 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  'sha2-256': [0x12, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  'sha3-224': [0x17, '6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7'],
  'sha3-256': [0x16, 'a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a'],
  'keccak-224': [0x1a, 'f71837502ba8e10837bdd8d365adb85591895602fc552b48b7390abd'],
  'keccak-256': [0x1b, 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
  'dbl-sha2-256': [0x56, '5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456'],
  blake3: [BLAKE3, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  'blake2b-160': [0xb214, '3345524abf6bbe1809449224b5972c41790b6cf2'],
  'blake2b-256': [BLAKE2B_256, '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8'],
  'blake2s-256': [0xb260, '69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9']
}

t.test('hash functions have their published values and names', async (t) => {
  for (const [name, [code, digest]] of Object.entries(EMPTY_DIGESTS)) {
    const hash = hashFor(code)
    t.equal(hash?.name, name)
    t.equal(toHex(hash!.digest(new Uint8Array(0))), digest, name)
  }
  t.equal(hashFor(0xb213), undefined, 'blake2b of 152 bits is too short')
  t.equal(hashFor(0xb253), undefined, 'and so is blake2s')
})

t.test('a digest that is cut is compared with the beginning of the hash', async (t) => {
  const block = Buffer.from('content addressed')
  for (const code of [SHA2_256, 0x14, 0x1d, 0x56, BLAKE3, 0xb240])
    for (const length of [20, 27, hashFor(code)!.maxLength]) {
      const digest = hashFor(code)!.digest(block, length).subarray(0, length)
      const cid = Cid.parse(String(Cid.v1(RAW, code, digest)))
      t.doesNotThrow(() => verifyBlock(cid, block))
      t.throws(() => verifyBlock(cid, Buffer.from('other')), { code: 'INTEGRITY' })
      t.equal(cid.key.length, 32, 'and has a key as any other')
    }
})

const CID_V1 = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
// `ipfs cid format -b BASE` of Kubo 0.43 for each of its bases, without the identity.
const IN_BASES = [
  '0000000010101010100010010001000001110001110110000110001000100001010011000111111000001110000010100100110101111101111110100110010001001100101101111101110010010010000100111101011100100000111100100011001001001101110010011010011001010010010010101100110010001101101111000010100101011100001010101',
  CID_V1,
  'BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU',
  'cafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku======',
  'CAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU======',
  'f01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'F01551220E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',
  'k2cwueebp9wws0fnm29jatrrbqocjaivp132efhd99cd5phw2odywbit',
  'K2CWUEEBP9WWS0FNM29JATRRBQOCJAIVP132EFHD99CD5PHW2ODYWBIT',
  'mAVUSIOOwxEKY/BwUmvv0yJlvuSQnrkHkZJuTTKSVmRt4UrhV',
  'MAVUSIOOwxEKY/BwUmvv0yJlvuSQnrkHkZJuTTKSVmRt4UrhV',
  't05ah4873m324567s3ga9luvkp2cmve944un43p34je9kp94lj4dngkloak======',
  'T05AH4873M324567S3GA9LUVKP2CMVE944UN43P34JE9KP94LJ4DNGKLOAK======',
  'uAVUSIOOwxEKY_BwUmvv0yJlvuSQnrkHkZJuTTKSVmRt4UrhV',
  'UAVUSIOOwxEKY_BwUmvv0yJlvuSQnrkHkZJuTTKSVmRt4UrhV',
  'v05ah4873m324567s3ga9luvkp2cmve944un43p34je9kp94lj4dngkloak',
  'V05AH4873M324567S3GA9LUVKP2CMVE944UN43P34JE9KP94LJ4DNGKLOAK',
  'zb2rhmy65F3REf8SZp7De11gxtECBGgUKaLdiDj7MCGCHxbDW',
  'ZA2RGLY65f3qeE8ryP7dD11FXTecbgFtjzkCHdJ7mcgchXAdv',
  '🚀🪐👀💻😅👆🍓💎💚🤫👼💕💾😮🍊👻🌚👈😓🍺🥰💙🚶💗🎤😳🙆😫💯⚡🤙👈🙏😣❣🎀👀'
] // prettier-ignore

t.test('a CID is read in every base that Kubo writes, in both cases where Kubo does', async (t) => {
  for (const text of IN_BASES) {
    t.equal(String(Cid.parse(text)), CID_V1, text)
    if (!/^[bcftvk]/i.test(text)) continue
    const [prefix, rest] = [text.slice(0, 1), text.slice(1)]
    for (const other of [rest.toLowerCase(), rest.toUpperCase()])
      t.equal(String(Cid.parse(prefix + other)), CID_V1, prefix + other)
  }
})

t.test('one multihash is one store key, whatever version and codec', async (t) => {
  const digest = sha256(Buffer.from('x'))
  t.equal(toHex(Cid.v0(digest).key), toHex(Cid.v1(RAW, SHA2_256, digest).key))
  t.not(toHex(Cid.v1(RAW, BLAKE3, digest).key), toHex(Cid.v1(RAW, SHA2_256, digest).key))
})

t.test('what is wrong with the text of a CIDv0 is said', async (t) => {
  const v0 = 'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH'
  const wrong: [text: string, message: RegExp][] = [
    [v0.slice(0, -1), /cut short: a CIDv0 has 46 letters, this has 45/],
    [v0.slice(0, 10), /cut short: .* this has 10/],
    ['Qm', /cut short/],
    [`${v0}G`, /something follows it: .* this has 47/],
    [v0.replace('K', '0'), /a CIDv0 has no letter "0"/],
    [`${v0.slice(0, 20)}…`, /a CIDv0 has no letter "…"/]
  ]
  for (const [text, message] of wrong)
    t.throws(() => Cid.parse(text), { code: 'INVALID_CID', message }, text)
})
