/** Rows in a sorted table are found by their keys, however many they are and however their keys are spread. */
import { createHash } from 'node:crypto'
import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Cid, RAW } from '../../src/core/cid.js'
import { slotBytes } from '../../src/core/key-slots.js'
import { SortedTable, SortedTableWriter } from '../../src/core/sorted-table.js'
import { tempFolder } from '../support/temp.js'

const MAGIC = 0x54534554

const cidOf = (i: number): string =>
  String(Cid.v1(RAW, 0x12, createHash('sha256').update(String(i)).digest()))

const SPREADS: Readonly<Record<string, (i: number) => string>> = {
  evenly: cidOf,
  'in two heaps': (i) => (i % 3 === 0 ? cidOf(i).replace('bafkrei', 'bafybei') : `Qm${cidOf(i)}`),
  'with their ends in common': (i) => `bafybei${String(i).padStart(8, '0')}${'a'.repeat(40)}`,
  'with all but their ends in common': (i) => `bafybei${'a'.repeat(40)}${String(i).padStart(8, '0')}` // prettier-ignore
}

function written(path: string, keys: readonly Buffer[]): SortedTable {
  const writer = new SortedTableWriter(path, MAGIC)
  for (const [i, key] of keys.entries()) {
    const row = Buffer.alloc(8 + key.length)
    row.writeUInt32LE(key.length)
    key.copy(row, 4)
    row.writeUInt32LE(i, 4 + key.length)
    writer.push(row)
  }
  writer.finish([1])
  return SortedTable.open(path, MAGIC)!
}

/** Returns the number that the row of a key was written with. */
function numberIn(table: SortedTable, key: Uint8Array): number | undefined {
  const row = table.get(key)
  return row === undefined ? undefined : Buffer.from(row).readUInt32LE(4 + key.length)
}

for (const [spread, keyOf] of Object.entries(SPREADS))
  for (const count of [0, 1, 2047, 2049, 9000])
    t.test(`${count} keys ${spread}`, (t) => {
      const keys = Array.from({ length: count }, (_, i) => Buffer.from(keyOf(i))).sort((a, b) => Buffer.compare(a, b)) // prettier-ignore
      const table = written(join(tempFolder(t, 'table'), 'rows'), keys)
      const wrong = keys.findIndex(
        (key, i) =>
          numberIn(table, key) !== i ||
          table.get(key.subarray(0, -1)) !== undefined ||
          table.lowerBound(Buffer.concat([key, Buffer.of(0)])) !== i + 1 ||
          table.lowerBound(key.subarray(0, -1)) > i
      )
      t.equal(wrong, -1, 'each is found, and the place of what is not there')
      t.equal(table.lowerBound(Buffer.from('zz')), count)
      t.equal(table.lowerBound(Buffer.from('')), 0)
      t.equal(table.get(Buffer.from('zz')), undefined)
      table.close()
      t.end()
    })

t.test('a table of an older version, which has no slots, is read, too', (t) => {
  const path = join(tempFolder(t, 'table'), 'rows')
  const keys = Array.from({ length: 300 }, (_, i) => Buffer.from(cidOf(i))).sort((a, b) => Buffer.compare(a, b)) // prettier-ignore
  written(path, keys).close()
  truncateSync(path, statSync(path).size - slotBytes(keys.length))
  const table = SortedTable.open(path, MAGIC)!
  t.ok(keys.every((key, i) => numberIn(table, key) === i))
  t.equal(table.get(Buffer.from(cidOf(301))), undefined)
  table.close()
  truncateSync(path, statSync(path).size - 1)
  t.equal(SortedTable.open(path, MAGIC), undefined, 'one that is cut short is none')
  t.end()
})
