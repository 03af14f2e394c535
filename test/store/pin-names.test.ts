import fc from 'fast-check'
import t from 'tap'
import { cidsByFileName, fileNameOf } from '../../src/store/pin-names.js'

t.test('a name of a pin is a name of a file, and two names are never one', async (t) => {
  const name = fc.string({ unit: fc.constantFrom('.', '/', '%', '2', 'F', '\n', 'a', 'é'), maxLength: 6 }) // prettier-ignore
  fc.assert(
    fc.property(name, name, (a, b) => {
      const [one, two] = [fileNameOf(a), fileNameOf(b)]
      if (one === undefined) return a === ''
      // oxlint-disable-next-line no-control-regex
      return !/[/\0\n]|^\.\.?$/.test(one) && (one === two) === (a === b)
    }),
    { numRuns: 20_000 }
  )
  t.equal(fileNameOf('photos 2025'), 'photos 2025')
  t.equal(fileNameOf('100%'), '100%')
  t.equal(fileNameOf('..'), '%2E%2E')
  t.equal(fileNameOf('é'.repeat(128)), undefined, '256 bytes')
})

t.test('of pins with one name the newest counts', async (t) => {
  const pin = (cid: string, name: string, createdAt: string) => ({ cid, name, createdAt, type: 'direct' }) as const // prettier-ignore
  const pins = [
    pin('new', 'x', '2025-01-02T00:00:00.000Z'),
    pin('old', 'x', '2025-01-01T00:00:00.000Z'),
    pin('none', '', '2025-01-03T00:00:00.000Z')
  ]
  t.same([...cidsByFileName(pins)], [['x', 'new']])
})
