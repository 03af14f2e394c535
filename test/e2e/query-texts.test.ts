/** Text files as tables of SQL: they are what `dataset put` takes them for, or the error names the user's path. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const folder = tempFolder(t, 'query-texts')
const kit = new Kit(join(folder, 'home'))
const data = join(folder, 'data')

const whole = Array.from({ length: 60_000 }, (_, i) => `${i},x`).join('\n')

const FILES: Readonly<Record<string, string | Buffer>> = {
  'ragged.csv': 'a,b\n1,2\n3,4,5\n6\n',
  'latin.csv': Buffer.from('a,b\n1,caf\u00e9\n', 'latin1'),
  'semicolon.csv': 'a;b\n1;2,5\n3;4,5\n',
  'empty.csv': '',
  'binary.csv': Buffer.from([1, 2, 0, 3]),
  'wide.csv': Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'),
  'late.csv': `a,b\n${whole}\n1.5,y\n`,
  'mistake.csv': `a,b\n${whole}\nnone,y\n`,
  'bad.ndjson': '{"a":1}\n{"a":\n',
  'year=2024/month=01/x.csv': 'a\n1\n',
  'year=2025/month=02/y.csv': 'a\n2\n'
}

t.test('text files', { timeout: 300_000 }, async (t) => {
  for (const [name, bytes] of Object.entries(FILES)) {
    mkdirSync(join(data, name, '..'), { recursive: true })
    writeFileSync(join(data, name), bytes)
  }
  const cid = await kit.add(data)
  await kit.ok('daemon', 'start')
  t.teardown(() => kit.ok('daemon', 'stop'))
  const ask = (sql: string) => kit.json<{ rows: unknown[]; columns: unknown[]; error: string }>('query', sql, '--json') // prettier-ignore

  await t.test('what is no table is named by its CID path, with the line', async (t) => {
    const wrong: Readonly<Record<string, RegExp>> = {
      'ragged.csv': /, line 3: no separator cuts all lines/,
      'latin.csv': /, line 2: the text is not UTF-8/,
      'empty.csv': /: the file is empty/,
      'binary.csv': /: the file is no text: its byte 2 is zero/,
      'wide.csv': /: the file is UTF-16/,
      'bad.ndjson': /, line 2: Malformed JSON/
    }
    for (const [name, reason] of Object.entries(wrong)) {
      const answer = await ask(`FROM '/ipfs/${cid}/${name}'`)
      t.match(answer, { code: 'CORRUPT_FORMAT', error: reason }, name)
      t.ok(answer.error.includes(`/ipfs/${cid}/${name}`), answer.error)
      t.notMatch(answer.error, /tmp|home|ignore_errors|Possible|sample_size/)
    }
    const among = await ask(`FROM '/ipfs/${cid}/l*.csv'`)
    t.ok(among.error.includes(`/ipfs/${cid}/latin.csv, line 2`), 'one of several files is named')
    const mistake = await ask(`SELECT sum(a) FROM '/ipfs/${cid}/mistake.csv'`)
    t.match(mistake, { code: 'CORRUPT_FORMAT', error: /mistake\.csv, line 60002/ })
  })

  await t.test('separators and types are found, and no number is rounded', async (t) => {
    t.match(await ask(`FROM '/ipfs/${cid}/semicolon.csv'`), { rows: [{ a: 1, b: '2,5' }, { a: 3, b: '4,5' }] }) // prettier-ignore
    t.match(await ask(`SELECT max(a) m, count(*) FILTER (a = 1.5) n FROM '/ipfs/${cid}/late.csv'`), { columns: [{ type: 'DOUBLE' }, {}], rows: [{ m: 59_999, n: 1 }] }) // prettier-ignore
    t.match(await ask(`FROM read_csv('/ipfs/${cid}/latin.csv', encoding = 'latin-1')`), { rows: [{ a: 1, b: 'caf\u00e9' }] }) // prettier-ignore
  })

  await t.test('folders that say values are columns', async (t) => {
    const files = `/ipfs/${cid}/year=*/**/*.csv`
    t.match(await ask(`FROM '${files}' ORDER BY a`), { rows: [{ a: 1, year: 2024, month: 1 }, { a: 2, year: 2025, month: 2 }] }) // prettier-ignore
    t.match(await ask(`SELECT sum(a) s FROM '${files}' WHERE year = 2025`), { rows: [{ s: 2 }] })
    t.match(await ask(`SELECT year FROM '/ipfs/${cid}/year=2025/'`), { rows: [{ year: 2025 }] })
  })
})
