import t from 'tap'
import { decodeUnixFs, encodeUnixFs, UNIXFS_FILE } from '../../src/formats/unixfs.js'

const KNOWN = {
  type: UNIXFS_FILE,
  data: Buffer.from('bytes'),
  fileSize: 5,
  blockSizes: [3, 4],
  mode: 0o644,
  mtime: { sec: -7, nsec: 9 }
}

/** Fields that nobody knows, in every wire type. */
const UNKNOWN: Readonly<Record<string, string>> = {
  'a number': '7801',
  'a number of ten bytes': '78ffffffffffffffffff01',
  'eight bytes': '790102030405060708',
  'four bytes': '7d01020304',
  bytes: '7a03010203',
  'a field of two bytes of tag': 'a2060101',
  'a field of the highest number': 'faffffff0f00',
  'an empty group': '7b7c',
  'a group with fields and a group': '7b08011203616263838001848001 7c'.replace(' ', ''),
  'a known number as bytes': '0a0101',
  'known bytes as a number': '1005',
  'block sizes as eight bytes': '210102030405060708'
}

t.test('fields that nobody knows are skipped, wherever they stand', async (t) => {
  const plain = encodeUnixFs(KNOWN)
  const mtime = Buffer.from('08f9ffffffffffffffff011509000000', 'hex')
  for (const [what, hex] of Object.entries(UNKNOWN)) {
    const field = Buffer.from(hex, 'hex')
    t.match(decodeUnixFs(Buffer.concat([field, plain])), KNOWN, `${what} first`)
    t.match(decodeUnixFs(Buffer.concat([plain, field])), KNOWN, `${what} last`)
    if (/known|block/.test(what)) continue
    const nested = Buffer.concat([field, mtime, field])
    const message = Buffer.concat([Buffer.from([0x08, 2, 0x42, nested.length]), nested])
    t.match(decodeUnixFs(message), { mtime: KNOWN.mtime }, `${what} inside the time`)
  }
})

t.test('a time that is none is no reason to refuse the file', async (t) => {
  for (const time of ['080115ffffffff', '08ffffffffffffffff7f'])
    t.match(decodeUnixFs(Buffer.from(`080242${(time.length / 2).toString(16).padStart(2, '0')}${time}`, 'hex')), { type: UNIXFS_FILE, mtime: undefined }) // prettier-ignore
})

t.test('what no protobuf has is damage', async (t) => {
  for (const hex of ['7e01', '7f01', '0001', '7b08', '7b74', '7a05 01'.replace(' ', ''), '7901', '7d01', '78ffffffffffffffffffff01', '7c', `${'7b'.repeat(200)}${'7c'.repeat(200)}`])
    t.throws(() => decodeUnixFs(Buffer.from(`0802${hex}`, 'hex')), { code: 'CORRUPT_FORMAT' }, hex.slice(0, 30)) // prettier-ignore
  t.throws(() => decodeUnixFs(Buffer.from('7801', 'hex')), { message: /no type/ })
})
