/** Results that become files keep the values of types which Parquet has not, and are those of one statement. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ResultFormat } from '../../src/query/ports.js'
import { SqlProcesses } from '../../src/query/processes.js'
import { tempFolder } from '../support/temp.js'

const BIG = '170141183460469231731687303715884105'
const SQL = `SELECT [${BIG}::HUGEINT, NULL] l, {'a b': ${BIG}::UHUGEINT, 'c"': 'x'} s, MAP {'k': [${BIG}::HUGEINT]} m,
  [1::HUGEINT, 2]::HUGEINT[2] a, [{'t': '1010'::BIT}] b, ${BIG}::HUGEINT h, 'red'::ENUM('red') e, row(${BIG}::HUGEINT, 2) r; -- a note`

t.test('whole numbers keep their digits at any depth, and a note ends no file', async (t) => {
  const folder = tempFolder(t, 'stored')
  const limits = { memoryBytes: 512 << 20, deadlineMs: 60_000, maxTemporaryBytes: 1 << 30 }
  const sql = new SqlProcesses({ folder: () => folder, limits })
  t.teardown(() => sql.close())
  const work = { signal: new AbortController().signal }
  const written = async (format: ResultFormat, text: string): Promise<string> => {
    const file = join(folder, `${Math.random()}.${format}`)
    await sql.select({ sql: text, tables: [], output: { file, format } }, work)
    return file
  }
  for (const format of ['parquet', 'arrow'] as const) {
    const files = [await written(format, SQL)]
    const found = await sql.select({ sql: 'FROM x', tables: [{ name: 'x', files, format }], output: { maxRows: 1 } }, work) // prettier-ignore
    t.same(found.rows, [[[BIG, null], { 'a b': BIG, 'c"': 'x' }, [{ key: 'k', value: [BIG] }], ['1', '2'], [{ t: '1010' }], BIG, 'red', { _0: BIG, _1: 2 }]], format) // prettier-ignore
  }
  t.equal(readFileSync(await written('csv', "SELECT ';' a; -- note; more\n;"), 'utf8'), 'a\n;\n')
})
