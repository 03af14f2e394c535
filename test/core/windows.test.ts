/** Windows on a mapped file: whatever range is asked for, its bytes are those of the file. */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { mapFile } from '../../src/core/native.js'
import { Windows } from '../../src/core/windows.js'
import { tempFolder } from '../support/temp.js'

const SIZE = 9_000_001

t.test('a window has what is asked of it', (t) => {
  const path = join(tempFolder(t, 'windows'), 'file')
  const bytes = randomBytes(SIZE)
  writeFileSync(path, bytes)
  const map = mapFile(path)
  const windows = new Windows(map)
  for (const [from, to] of [
    [0, 10],
    [4_194_300, 4_194_310],
    [4_194_304, 4_200_000],
    [4_194_303, 4_300_000],
    [10, SIZE],
    [SIZE - 1, SIZE],
    [SIZE, SIZE]
  ] as const) {
    const { start, bytes: found } = windows.holding(from, to)
    t.ok(bytes.subarray(from, to).equals(found.subarray(from - start, to - start)), `${from}`)
  }
  t.equal(windows.holding(5, 6), windows.holding(7, 8), 'one serves many')
  for (const [from, to] of [
    [-1, 2],
    [5, 4],
    [0, SIZE + 1],
    [Number.NaN, 1]
  ] as const)
    t.throws(() => windows.holding(from, to), RangeError)
  map.close()
  t.end()
})
