/** Results that are remembered: by everything that they depend on, and not for ever. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { KeptResults, type ResultInputs } from '../../src/query/results.js'
import { tempFolder } from '../support/temp.js'

const inputs: ResultInputs = { sql: 'FROM t', format: 'csv', tables: [['t', 'v1']] }
const result = { cid: 'bafkqaaa', size: 7 }

t.test('a result is that of its statement, format and inputs', async (t) => {
  const results = new KeptResults(tempFolder(t, 'results'))
  t.equal(results.find(inputs), undefined)
  results.keep(inputs, result)
  t.same(results.find(inputs), result)
  for (const other of [
    { sql: 'FROM u' },
    { format: 'json' },
    { tables: [['t', 'v2']] },
    { period: 1 }
  ])
    // prettier-ignore
    t.equal(results.find({ ...inputs, ...other } as ResultInputs), undefined)
})

t.test('a torn file is no result, and the oldest go', async (t) => {
  const home = tempFolder(t, 'results')
  const folder = join(home, 'queries', '.results')
  mkdirSync(folder, { recursive: true })
  const results = new KeptResults(home)
  results.keep(inputs, result)
  writeFileSync(join(folder, readdirSync(folder)[0]!), '{"cid":')
  t.equal(results.find(inputs), undefined)
  for (let i = 0; i < 1000; i++) {
    writeFileSync(join(folder, `${i}.json`), '{}')
    utimesSync(join(folder, `${i}.json`), i, i)
  }
  results.keep(inputs, result)
  t.same(results.find(inputs), result)
  t.equal(readdirSync(folder).length, 901)
  t.notOk(readdirSync(folder).includes('0.json'))
})
