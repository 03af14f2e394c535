/** Streams that are read in other lengths than they come in, out of memory that is used again. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { ExactReader } from '../../src/core/exact-reader.js'
import { giveBack, lend, takeMemory } from '../../src/core/piece-memory.js'

const PIECE = 64 * 1024
const PIECES = 200

/** Bytes of which no two pieces are alike. */
const pieceOf = (number: number): Buffer => {
  const seed = createHash('sha256').update(String(number)).digest()
  return Buffer.alloc(PIECE, seed)
}

function source() {
  const memory = new Set<ArrayBufferLike>()
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let number = 0; number < PIECES; number++) {
      const piece = takeMemory(PIECE)
      memory.add(piece.buffer)
      pieceOf(number).copy(piece)
      lend(piece, piece.length)
      yield await Promise.resolve(piece)
    }
  }
  return { memory, reader: new ExactReader(pieces()) }
}

async function readSomehow(reader: ExactReader, way: number, length: number): Promise<Buffer> {
  if (way === 0) {
    const whole = Buffer.alloc(length)
    await reader.fill(whole)
    return whole
  }
  if (way === 1) return Buffer.from(await reader.take(length))
  if (way === 2) {
    const head = await reader.peek(length)
    await reader.skip(length)
    return head
  }
  const parts: Buffer[] = []
  for await (const part of reader.parts(length)) {
    parts.push(Buffer.from(part))
    giveBack(part)
  }
  return Buffer.concat(parts)
}

t.test('every way to read gives the bytes in their order', async (t) => {
  const { reader } = source()
  const expected = Buffer.concat(Array.from({ length: PIECES }, (_, number) => pieceOf(number)))
  let wrong = 0
  for (let at = 0, step = 0; at < expected.length; step++) {
    const length = Math.min(expected.length - at, [1, 70, 3000, PIECE, 2 * PIECE + 5][step % 5]!)
    const found = await readSomehow(reader, (step * 7) % 4, length)
    if (!found.equals(expected.subarray(at, at + length))) wrong++
    at += length
  }
  t.equal(wrong, 0)
  t.ok(await reader.isOver())
})

t.test('what was copied out is used again', async (t) => {
  const { reader, memory } = source()
  const whole = Buffer.alloc(3000)
  for (let left = PIECES * PIECE; left >= 4000; left -= 4000) {
    await reader.skip(1000)
    await reader.fill(whole)
  }
  t.ok(memory.size < 5, `${memory.size} pieces of memory`)
})

t.test('a stream that ends early is told of', async (t) => {
  const { reader } = source()
  await reader.skip(PIECES * PIECE - 10)
  await t.rejects(reader.peek(11), { code: 'BACKEND_UNAVAILABLE' })
})
