/** The heads of sections and headers, at their limits. */
import * as dagCbor from '@ipld/dag-cbor'
import t from 'tap'
import { Cid, RAW } from '../../src/core/cid.js'
import { varintLength, writeVarint } from '../../src/core/varint.js'
import { decodeHeader, parseCarHeader, readHeaderLength } from '../../src/formats/car-header.js'
import { MAX_CID, MAX_SECTION, readSectionCid, readSectionLength } from '../../src/formats/car-section.js' // prettier-ignore

const varintOf = (value: number): Uint8Array => {
  const bytes = new Uint8Array(varintLength(value))
  writeVarint(bytes, 0, value)
  return bytes
}

const refused = (message: RegExp) => ({ code: 'CORRUPT_FORMAT', message })

t.test('a section of the largest length is read, a longer one is not', async (t) => {
  const end = Number.POSITIVE_INFINITY
  t.same(readSectionLength(varintOf(MAX_SECTION), 100, end), { length: MAX_SECTION, start: 104 })
  t.throws(() => readSectionLength(varintOf(MAX_SECTION + 1), 100, end), refused(/over the limit.*offset 100/)) // prettier-ignore
})

t.test('a section ends with its archive at the latest', async (t) => {
  t.same(readSectionLength(varintOf(36), 100, 137), { length: 36, start: 101 })
  t.throws(() => readSectionLength(varintOf(36), 100, 136), refused(/past the end.*offset 100/))
  t.same(readSectionLength(varintOf(0), 100, 101), { length: 0, start: 101 }, 'padding')
  t.throws(() => readSectionLength(Buffer.alloc(10, 0x80), 5, 99), refused(/unreadable section length at offset 5/)) // prettier-ignore
  t.throws(() => readSectionLength(new Uint8Array(0), 5, 99), refused(/unreadable/))
})

t.test('the longest CID lies in the bytes that are kept for one', async (t) => {
  const long = Cid.v1(0x0129, 0x3fff, Buffer.alloc(128, 7))
  t.ok(long.bytes.length <= MAX_CID)
  const bytes = Buffer.concat([long.bytes, Buffer.from('block')])
  t.ok(readSectionCid(bytes, 0).equals(long))
  t.throws(() => readSectionCid(long.bytes.subarray(0, 50), 9), refused(/without a valid CID.*offset 9/)) // prettier-ignore
})

t.test('a header is asked for by parts, and none behind the end', async (t) => {
  const root = Cid.v1(RAW, 0, Buffer.from('root'))
  const { CID } = await import('multiformats/cid')
  const body = dagCbor.encode({ version: 1, roots: [CID.decode(root.bytes)] })
  const file = Buffer.concat([varintOf(body.length), body])
  const parse = parseCarHeader(file.length)
  let step = parse.next()
  const asked: number[] = []
  while (step.done !== true) {
    const { offset, length } = step.value
    asked.push(offset)
    step = parse.next(file.subarray(offset, offset + length))
  }
  t.same(asked, [0, 1])
  t.match(step.value, {
    version: 1,
    dataStart: 0,
    dataEnd: file.length,
    sectionsStart: file.length
  })
  t.ok(step.value.roots[0]!.equals(root))
})

t.test('a header that is too long, or none, is refused', async (t) => {
  for (const length of [0, (32 << 20) + 1])
    t.throws(() => readHeaderLength(varintOf(length), 3, 1 << 30), refused(/a header of .*offset 3/)) // prettier-ignore
  for (const value of [null, 7, { version: 3 }, { version: 1 }, { version: 1, roots: ['x'] }])
    t.throws(() => decodeHeader(dagCbor.encode(value), 3), refused(/offset 3/))
  t.throws(() => decodeHeader(Buffer.from('no cbor'), 3), refused(/unreadable header at offset 3/))
})
