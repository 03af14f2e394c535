/** src/THREATS.md and the tests that it names: each row is provoked, and each citation is of a row. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from '../support/paths.js'

const TESTS = join(ROOT, 'test')

interface Row {
  readonly number: number
  /** The files that its last column names, below `test/`. */
  readonly files: readonly string[]
}

/** A file by the name that the table gives it: `e2e/names` is e2e/names.test.ts. */
const fileOf = (name: string): string =>
  [`${name}.test.ts`, `${name}.ts`].find((file) => existsSync(join(TESTS, file))) ?? name

const document = readFileSync(join(ROOT, 'src/THREATS.md'), 'utf8')

const rows: readonly Row[] = [...document.matchAll(/^\| *(\d+) *\|.*\|([^|]+)\|$/gm)].map(
  ([, number, files]) => ({
    number: Number(number),
    files: files!.split(',').map((name) => fileOf(name.trim()))
  })
)

/** The numbers that each file cites, as `threats N` or `threats N, N and N`. */
const citations = new Map(
  readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => {
      const text = readFileSync(join(TESTS, file), 'utf8')
      const lists = [...text.matchAll(/\bthreats (\d+(?:(?:, | and )\d+)*)/g)]
      return [file, new Set(lists.flatMap(([, list]) => list!.match(/\d+/g)!.map(Number)))]
    })
)

t.test('the rows are numbered one after the other, and every line of a table is one', async (t) => {
  t.same(
    rows.map(({ number }) => number),
    rows.map((_, i) => i + 1)
  )
  const lines = document.split('\n').filter((line) => line.startsWith('|'))
  const heads = lines.filter((line) => /^\| *(#|-+) *\|/.test(line))
  t.ok(rows.length > 0)
  t.equal(lines.length - heads.length, rows.length)
})

t.test('every file that a row names exists, and one of them provokes it', async (t) => {
  for (const { number, files } of rows) {
    t.same(
      files.filter((file) => !citations.has(file)),
      [],
      `the files of row ${number} exist`
    )
    t.ok(
      files.some((file) => citations.get(file)?.has(number)),
      `row ${number} is cited in one of ${files.join(', ')}`
    )
  }
})

t.test('every citation is of a row, and the row names the file', async (t) => {
  for (const [file, numbers] of citations)
    for (const number of numbers) {
      const row = rows.find((one) => one.number === number)
      t.ok(row?.files.includes(file), `row ${number}, cited in ${file}, names it`)
    }
})
