/** Pieces of a stream: what is added comes out in order, what is placed lies whole in one piece. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import fc from 'fast-check'
import {
  giveBack,
  giveBackWhole,
  handOver,
  joined,
  lend,
  takeMemory
} from '../../src/core/piece-memory.js'
import { Pieces } from '../../src/core/pieces.js'

const MIB = 1 << 20

t.test('added and placed parts come out in order, placed ones whole', async (t) => {
  const length = fc.oneof(fc.nat(100), fc.nat(3 * MIB))
  const parts = fc.array(fc.record({ length, isPlaced: fc.boolean() }), { maxLength: 12 })
  fc.assert(
    fc.property(parts, (parts) => {
      const all = parts.map(({ length }) => randomBytes(length))
      const pieces = new Pieces(all.reduce((sum, { length }) => sum + length, 0))
      const out: Uint8Array[] = []
      for (const [i, bytes] of all.entries())
        out.push(
          ...(parts[i]!.isPlaced
            ? pieces.place(bytes.length, (room) => room.set(bytes))
            : pieces.add(bytes))
        )
      out.push(...pieces.rest())
      return Buffer.concat(out).equals(Buffer.concat(all))
    }),
    { numRuns: 50 }
  )
  const pieces = new Pieces()
  const out = [...pieces.add(Buffer.alloc(MIB)), ...pieces.place(5000, (room) => room.fill(1))]
  t.same(
    out.map(({ length }) => length),
    [MIB],
    'what has no room begins another piece'
  )
  t.same(
    [...pieces.rest()].map(({ length }) => length),
    [5000]
  )
})

t.test('memory is used again once all that was lent of it is back', async (t) => {
  const memory = takeMemory(MIB)
  lend(memory, 1000)
  giveBack(memory.subarray(0, 600))
  t.not(takeMemory(MIB).buffer, memory.buffer, 'some of it is still out')
  giveBack(memory.subarray(600, 1000))
  t.equal(takeMemory(MIB).buffer, memory.buffer)
  giveBack(memory)
  t.not(takeMemory(MIB).buffer, memory.buffer, 'it was not lent again')
  const small = takeMemory(100)
  lend(small, 100)
  giveBack(small)
  t.not(takeMemory(100).buffer, small.buffer)
})

t.test('memory that was handed over comes back by any part of it, once', async (t) => {
  const memory = takeMemory(MIB)
  handOver(memory)
  giveBack(memory.subarray(0, MIB))
  t.not(takeMemory(MIB).buffer, memory.buffer, 'its receiver alone gives it back')
  giveBackWhole(memory.subarray(40, 100))
  t.equal(takeMemory(MIB).buffer, memory.buffer)
  giveBackWhole(memory)
  t.not(takeMemory(MIB).buffer, memory.buffer, 'nobody handed it over again')
})

t.test('pieces are joined, and what was lent of them is back', async (t) => {
  const memory = takeMemory(MIB)
  memory.fill(7)
  lend(memory, MIB)
  const whole = joined([Buffer.from('begin'), memory], MIB + 5)
  t.ok(Buffer.concat([Buffer.from('begin'), Buffer.alloc(MIB, 7)]).equals(whole))
  t.equal(takeMemory(MIB).buffer, memory.buffer)
  t.same(joined([Buffer.from('a'), Buffer.from('b')], 2), Buffer.from('ab'))
})
