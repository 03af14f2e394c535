/** Predicates, their text, and searches; what DuckDB says of the same files (METADATA_PREDICATES sets how many are compared). */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SqlProcesses } from '../../src/query/processes.js'
import { duckQueries } from '../../src/metadata/duck-queries.js'
import { parseExpression } from '../../src/metadata/expression.js'
import { MetadataIndex } from '../../src/metadata/metadata-index.js'
import {
  predicateOf,
  OPERATORS,
  type Condition,
  type Literal
} from '../../src/metadata/predicate.js'
import {
  countRecords,
  findRecords,
  orderOf,
  predicatesOf,
  type LargeQueries
} from '../../src/metadata/query.js'
import { SEARCHED_FIELDS, searchedField } from '../../src/metadata/searched-text.js'
import { isKitError } from '../../src/core/errors.js'
import { tempFolder } from '../support/temp.js'
import { cidOf, DAY_MS, EPOCH, patchOf, randomOf, TYPES, WORDS } from './records.js'

const PREDICATES = Number(process.env['METADATA_PREDICATES'] ?? 300)
const { signal } = new AbortController()

async function indexOf(t: Parameters<typeof tempFolder>[0], records: number, changed: number) {
  const folder = join(tempFolder(t, 'query'), 'index')
  const index = await MetadataIndex.open({ folder, repairs: true, read: () => [], maxRows: 400 })
  t.teardown(() => index.close())
  let lsn = 0
  for (let i = 0; i < records; i++) index.apply(++lsn, patchOf(i))
  await index.compact()
  for (let i = records - changed; i < records + changed; i++)
    index.apply(++lsn, { ...patchOf(i, randomOf(i + 7000)), cid: cidOf(i) })
  return index
}

/** Queries by DuckDB, of indexes of any size. */
function largeQueries(t: Test): LargeQueries {
  const folder = tempFolder(t, 'sql')
  const limits = { memoryBytes: 512 << 20, deadlineMs: 60_000, maxTemporaryBytes: 1 << 30 }
  const processes = new SqlProcesses({ folder: () => folder, limits, processes: 1 })
  t.teardown(() => processes.close())
  return { ...duckQueries(processes), from: 0 }
}

const find = async (index: MetadataIndex, where: string, more: object = {}) =>
  (
    await findRecords(
      index,
      { where: predicatesOf(parseExpression(where)), limit: Infinity, ...more },
      undefined,
      signal
    )
  ).map(({ cid }) => cid)

t.test('expressions say what they say', (t) => {
  const parsed: [string, readonly Condition[]][] = [
    [
      `mime_type == 'application/pdf' and size_bytes > 1048576 and pinned`,
      [
        { field: 'mime_type', op: '==', value: 'application/pdf' },
        { field: 'size_bytes', op: '>', value: 1048576 },
        { field: 'pinned', op: '==', value: true }
      ]
    ],
    [`'draft' in tags AND not local`, [{ field: 'tags', op: 'contains', value: 'draft' }, { field: 'local', op: '==', value: false }]], // prettier-ignore
    [`created_at >= 2024-01-01 && path contains "it''s"`, [{ field: 'created_at', op: '>=', value: '2024-01-01' }, { field: 'path', op: 'contains', value: `it''s` }]], // prettier-ignore
    [`extension in ['csv', 'tsv'] and replication in (1,-2)`, [{ field: 'extension', op: 'in', value: ['csv', 'tsv'] }, { field: 'replication', op: 'in', value: [1, -2] }]], // prettier-ignore
    [`properties['a.b c'] = 'it''s' and metadata.title != null`, [{ field: `properties['a.b c']`, op: '==', value: `it's` }, { field: 'metadata.title', op: '!=', value: null }]], // prettier-ignore
    ['heat_score<1.5e-3', [{ field: 'heat_score', op: '<', value: 0.0015 }]]
  ]
  for (const [text, conditions] of parsed) t.same(parseExpression(text), conditions, text)
  const wrong = ['', 'and', 'size_bytes >', 'size_bytes > abc', `pinned or local`, `tags in 'x'`, `'x'`, `a == 'b`, `mime_type == 'x' local`, ';', 'extension in [1', `"x" == size_bytes`] // prettier-ignore
  for (const text of wrong)
    t.throws(() => parseExpression(text).map(predicateOf), { code: 'USAGE' }, text)
  const unfit = [`nothing == 1`, `size_bytes == 'x'`, `tags == 'x'`, `metadata == 'x'`, `pinned contains 'x'`, `created_at > 'soon'`, `metadata.x == 'y'`, `size_bytes in [true]`, `storage_locations.s3 contains 'x'`, `tags > null`, `__proto__ == 1`, `metadata.constructor == 'x'`] // prettier-ignore
  for (const text of unfit)
    t.throws(() => parseExpression(text).map(predicateOf), { code: 'USAGE' }, text)
  t.end()
})

t.test('a time without a zone is UTC, whatever the zone of the process', (t) => {
  const zone = process.env['TZ']
  t.teardown(() => {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  })
  const at = Date.UTC(2026, 10, 26, 22, 58)
  for (const one of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
    process.env['TZ'] = one
    for (const text of [
      '2026-11-26 22:58',
      '2026-11-26T22:58:00',
      '2026-11-26t22:58z',
      '2026-11-26 23:58+01',
      '2026-11-26 23:58:00.000 +0100',
      '2026-11-26T17:58-05:00'
    ])
      // prettier-ignore
      t.match(predicateOf({ field: 'created_at', op: '==', value: text }), { exact: at }, text)
    t.match(predicateOf({ field: 'created_at', op: '>', value: '2026-11' }).sql, String(Date.UTC(2026, 10))) // prettier-ignore
    for (const text of ['26 Nov 2026', '2026-1-5', '2026-13-01', '22:58'])
      t.throws(() => predicateOf({ field: 'created_at', op: '==', value: text }), { code: 'USAGE' })
  }
  t.end()
})

function randomCondition(random: (below: number) => number): Condition {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const fields: readonly [string, () => Literal][] = [
    ['size_bytes', () => (random(2) === 0 ? random(100) : random(2 ** 31) * 1024 + random(2) / 2)],
    ['blocks', () => random(10)],
    ['replication', () => random(5) - 1],
    ['access_count', () => random(50)],
    ['heat_score', () => random(1000) / 100],
    ['mime_type', () => pick(TYPES)],
    ['cid', () => cidOf(random(900))],
    ['path', () => `${pick(WORDS)}/`],
    ['filename', () => `${pick(WORDS)}.csv`],
    ['tags', () => pick(WORDS)],
    ['metadata.title', () => pick(WORDS)],
    ['properties.sensor', () => String(random(4))],
    ["properties['o''neil']", () => pick(WORDS)],
    ['properties', () => pick(WORDS)],
    ['pinned', () => random(2) === 0],
    ['local', () => random(2) === 0],
    ['pin_types', () => 'recursive'],
    ['created_at', () => new Date(EPOCH + random(400) * DAY_MS).toISOString()],
    ['last_accessed', () => EPOCH + random(400) * DAY_MS],
    ['storage_locations.ipfs.local', () => random(2) === 0],
    ['storage_locations.s3.bucket', () => pick(WORDS)],
    ['storage_locations.filecoin.deal_id', () => 'x']
  ]
  for (;;) {
    const [field, value] = pick(fields)
    const op = pick(OPERATORS)
    const isNull = random(20) === 0
    const wanted = op === 'in' ? [value(), value(), value()] : isNull ? null : value()
    try {
      predicateOf({ field, op, value: wanted })
      return { field, op, value: wanted }
    } catch (error) {
      // Not every operator fits every field.
      if (!isKitError(error, 'USAGE')) throw error
    }
  }
}

t.test('random predicates have the answers of DuckDB', { timeout: 3_600_000 }, async (t) => {
  const index = await indexOf(t, 1000, 30)
  const large = largeQueries(t)
  const random = randomOf(PREDICATES)
  const orders = ['size_bytes', 'created_at:desc', 'filename', 'cid:desc', 'heat_score:desc']
  let met = 0
  for (let run = 0; run < PREDICATES; run++) {
    const conditions = Array.from({ length: 1 + random(3) }, () => randomCondition(random))
    const order = random(2) === 0 ? undefined : orderOf(orders[random(orders.length)]!)
    const limit = random(3) === 0 ? 1 + random(20) : Infinity
    const query = { where: predicatesOf(conditions), order, limit }
    const own = await findRecords(index, query, undefined, signal)
    const theirs = await findRecords(index, query, large, signal)
    const what = JSON.stringify(conditions)
    met += own.length
    if (JSON.stringify(own) !== JSON.stringify(theirs))
      t.same(theirs.map(({ cid }) => cid), own.map(({ cid }) => cid), what) // prettier-ignore
    const counted = await countRecords(index, query, large, signal)
    if (counted !== (await countRecords(index, query, undefined, signal))) t.fail(`count ${what}`)
  }
  t.ok(met > PREDICATES, `${met} records were found`)
})

t.test('text is found whatever its case, in parts of words, with filters', async (t) => {
  const index = await indexOf(t, 800, 30)
  const large = largeQueries(t)
  const all = [...index.all()]
  const texts = ['ALPHA', 'größe', 'GRÖSSE', 'eta', 'delta', 'O\'NEIL', '水', 'alpha beta', 'port/', '𝒙.csv', 'nowhere', '.csv', 'a', '"'] // prettier-ignore
  for (const text of texts)
    for (const fields of [
      SEARCHED_FIELDS,
      [searchedField('metadata.title'), searchedField('tags')]
    ])
      for (const where of ['cid != null', 'pinned and size_bytes > 50']) {
        const found = await find(index, where, { text: { text, fields } })
        const wanted = all.filter((record) => {
          const own = fields.flatMap((field) => {
            const values = field.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name] ?? null, record) // prettier-ignore
            return values === null ? [] : typeof values === 'string' ? [values] : Object.values(values as object) // prettier-ignore
          })
          const isMet = parseExpression(where).map(predicateOf).every(({ matches }) => matches(record)) // prettier-ignore
          return isMet && own.some((one) => String(one).toLowerCase().includes(text.toLowerCase()))
        })
        t.same(found, wanted.map(({ cid }) => cid).sort(), `${text} in ${fields.length}: ${where}`)
        const query = { where: predicatesOf(parseExpression(where)), text: { text, fields }, limit: Infinity } // prettier-ignore
        const filtered = await findRecords(index, query, large, signal)
        t.same(filtered.map(({ cid }) => cid), found, 'the same where DuckDB filters first') // prettier-ignore
      }
  t.throws(() => searchedField('cid'), { code: 'USAGE' })
})
