import t from 'tap'
import fc from 'fast-check'
import { KeySet } from '../../src/core/key-set.js'
import { sha256 } from '../../src/core/hash.js'

t.test('behaves like a Set of hex keys', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { maxLength: 6000, size: 'max' }), (numbers) => {
      const model = new Set<string>()
      const ours = new KeySet()
      for (const n of numbers) {
        const key = sha256(Buffer.from(String(n)))
        const hex = Buffer.from(key).toString('hex')
        if (ours.has(key) !== model.has(hex)) return false
        if (ours.add(key) === model.has(hex)) return false
        model.add(hex)
      }
      const listed = [...ours].map((key) => Buffer.from(key).toString('hex'))
      return ours.size === model.size && listed.every((hex) => model.has(hex))
    }),
    { numRuns: 15 }
  )
  t.pass('same answers')
})
