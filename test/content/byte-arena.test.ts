import t from 'tap'
import fc from 'fast-check'
import { ByteArena } from '../../src/content/byte-arena.js'

t.test('what is kept comes back, and the parts are the whole', async () => {
  const sizes = fc.oneof(fc.nat(300), fc.integer({ min: 100_000, max: 1 << 20 }))
  fc.assert(
    fc.property(fc.array(sizes, { maxLength: 40 }), (lengths) => {
      const heap = new ByteArena()
      const strings = lengths.map((length, i) => new Uint8Array(length).fill(i + 1))
      const places = strings.map((one) => heap.append(one))
      const whole = Buffer.concat(heap.parts())
      return (
        whole.length === heap.length &&
        strings.every((one, i) => {
          const { length } = one
          const at = places[i]!
          return (
            Buffer.compare(one, heap.get(at, length)) === 0 &&
            Buffer.compare(one, whole.subarray(at, at + length)) === 0
          )
        })
      )
    }),
    { numRuns: 60 }
  )
})
