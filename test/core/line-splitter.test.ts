/** Lines of bytes: wherever the pieces are cut, only the byte 10 ends one, and none grows without a bound. */
import t from 'tap'
import fc from 'fast-check'
import { LineSplitter, linesOf, TOO_LONG } from '../../src/core/line-splitter.js'

/** Cuts bytes into pieces of a length. */
function* cut(text: string, length: number): Generator<Buffer, void, undefined> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function linesIn(text: string, length: number, limit = 100): Promise<string[]> {
  async function* pieces(): AsyncGenerator<Buffer, void, undefined> {
    yield* cut(text, length)
  }
  const lines: string[] = []
  for await (const line of linesOf(pieces(), limit)) lines.push(line)
  return lines
}

t.test('a line ends at the byte 10 alone, wherever its pieces are cut', async (t) => {
  const character = fc.constantFrom('a', '\u2028', '\u2029', '\u0085', '\r', '🐟', 'ü')
  const lines = fc.array(fc.array(character, { maxLength: 6 }).map((all) => all.join('')))
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 9 }), (lines, length) => {
      const splitter = new LineSplitter(100)
      const found: unknown[] = []
      for (const piece of cut(lines.map((line) => `${line}\n`).join(''), length))
        found.push(...splitter.take(piece))
      t.same(found, lines)
      t.equal(splitter.rest(), '')
    }),
    { numRuns: 50 }
  )
})

t.test('a line above the limit is told, whether its end came or not', async (t) => {
  t.same([...new LineSplitter(3).take(Buffer.from('abc\nabcd\nx\n'))], ['abc', TOO_LONG])
  const splitter = new LineSplitter(3)
  t.same([...splitter.take(Buffer.from('abc'))], [])
  t.same([...splitter.take(Buffer.from('d'))], [TOO_LONG])
})

t.test('lines of a text end at carriage returns, too, and the last one needs no end', async (t) => {
  t.same(await linesIn('a\r\nb\u2028c\n\nd\re\r\nf', 2), ['a', 'b\u2028c', '', 'd', 'e', 'f'])
  t.same(await linesIn('ab\nabcd\nab', 2, 3), ['ab'])
})
