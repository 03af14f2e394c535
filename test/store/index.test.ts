/** Segments and record tables against a Map. */
import t from 'tap'
import fc from 'fast-check'
import { join } from 'node:path'
import { sha256 } from '../../src/core/hash.js'
import { type BlockRecord } from '../../src/store/ports.js'
import { Kind } from '../../src/formats/block-kind.js'
import { decodeRecord } from '../../src/store/record.js'
import { RecordTable } from '../../src/store/record-table.js'
import { mergeSegments, Segment, writeSegment } from '../../src/store/segment.js'
import { tempFolder } from '../support/temp.js'

const keyOf = (n: number): Uint8Array => sha256(Buffer.from(String(n)))

const record = (n: number, generation: number): BlockRecord => ({
  source: n * 1e9 + generation,
  inFile: n % 2 === 0,
  framed: n % 3 === 0,
  offset: n * 2 ** 33,
  length: n,
  kind: Kind.FILE,
  size: n * 2 ** 20,
  whole: n % 5 === 0 ? n : 0,
  mode: n % 7 === 0 ? 0o755 : undefined,
  mtimeSec: n % 4 === 0 ? -n : undefined,
  mtimeNsec: n,
  codec: 0x70,
  hashCode: 0x12
})

let files = 0

t.test('a merge of segments answers as a Map does, the newest segment first', async (t) => {
  const folder = tempFolder(t)
  const entries = fc.array(fc.nat(4000), { maxLength: 3000, size: 'max' })
  fc.assert(
    fc.property(fc.array(entries, { minLength: 1, maxLength: 4 }), (layers) => {
      const model = new Map<number, BlockRecord>()
      const segments = layers.map((layer, generation) => {
        const table = new RecordTable()
        for (const n of layer) {
          table.set(keyOf(n), record(n, generation))
          model.set(n, record(n, generation))
        }
        const path = join(folder, `${files++}.idx`)
        writeSegment(path, table.count, (writer) => table.writeTo(writer))
        return Segment.open(path)
      })
      const newestFirst = segments.toReversed()
      const path = join(folder, `${files++}.idx`)
      const records = writeSegment(path, layers.flat().length, (writer) =>
        mergeSegments(newestFirst, (bytes, at) => writer.push(bytes, at))
      )
      t.equal(records, model.size)
      const merged = Segment.open(path)
      for (let n = 0; n <= 4000; n++) {
        const i = merged.indexOf(keyOf(n))
        const expected = model.get(n)
        if (i >= 0 !== (expected !== undefined)) return false
        if (expected !== undefined) t.same(decodeRecord(merged.view, merged.offsetOf(i)), expected)
      }
      for (const segment of [...segments, merged]) segment.close()
      return true
    }),
    { numRuns: 6 }
  )
})

t.test('threats 50: a file that is no segment, or is cut short, is CORRUPT_FORMAT', async (t) => {
  const { writeFileSync, readFileSync } = await import('node:fs')
  const folder = tempFolder(t)
  const table = new RecordTable()
  for (let n = 0; n < 100; n++) table.set(keyOf(n), record(n, 0))
  const path = join(folder, 'a.idx')
  writeSegment(path, 100, (writer) => table.writeTo(writer))
  const whole = readFileSync(path)
  for (const [name, bytes] of [
    ['cut', whole.subarray(0, whole.length - 1)],
    ['short', whole.subarray(0, 10)],
    ['empty', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(whole.length)]
  ] as const) {
    writeFileSync(join(folder, name), bytes)
    t.throws(
      () => Segment.open(join(folder, name)),
      { code: 'CORRUPT_FORMAT', message: /fsck --repair/ },
      name
    )
  }
})
