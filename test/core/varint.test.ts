import t from 'tap'
import fc from 'fast-check'
import { readVarint, varint, varintLength, writeVarint } from '../../src/core/varint.js'

t.test('what is written is read back, in the length announced', async (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = new Uint8Array(12)
      const end = writeVarint(bytes, 1, value)
      return (
        end - 1 === varintLength(value) && readVarint(bytes, 1) === value && varint.next === end
      )
    })
  )
  t.pass('round trips')
})

t.test('malformed: cut short, too long, beyond 2^53', async (t) => {
  for (const hex of ['', '80', '8080', 'ffffffffffffffffffff01', 'ffffffffffffffff7f'])
    t.throws(() => readVarint(Buffer.from(hex, 'hex'), 0), { code: 'CORRUPT_FORMAT' }, hex)
})
