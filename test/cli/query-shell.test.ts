/** The shell of `query` on a terminal: statements over lines, mistakes, completion, history. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { completions } from '../../src/cli/query-shell.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

t.test('tables and keywords are completed', async (t) => {
  const tables = ['pins', 'pin_mappings', 'my data']
  t.same(completions('SELECT * FROM pi', tables), [['pins', 'pin_mappings'], 'pi'])
  t.same(completions('sel', tables), [['SELECT'], 'sel'])
  t.same(completions('FROM ', tables), [[], ''])
  t.same(completions('.t', tables), [['.tables'], '.t'])
})

t.test('a terminal', { timeout: 120_000 }, async (t) => {
  const home = join(tempFolder(t, 'shell'), 'home')
  mkdirSync(home, { mode: 0o700 })
  const command = `'${process.execPath}' '${MAIN}' query`
  const env = { ...process.env, IPFS_KIT_HOME: home, TERM: 'dumb', NO_COLOR: '1' }
  const child = spawn('script', ['-qec', command, '/dev/null'], { env })
  let said = ''
  /** What is typed once a text was said, in order. */
  const steps: [wait: string, type: string][] = [
    ['sql> ', 'SELECT 40 + 2 AS answer,\n'],
    ['...> ', "'x' AS b;\n"],
    ['1 row in', 'SELECT nope;\n'],
    ['nope', '.tables\n'],
    ['backends', 'FROM pins;\n'],
    ['0 rows in', '.quit\n']
  ]
  let from = 0
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString()
    const at = steps[0] === undefined ? -1 : said.indexOf(steps[0][0], from)
    if (at < 0) return
    from = said.length
    child.stdin.write(steps.shift()![1])
  })
  const [code] = (await once(child, 'close')) as [number]
  t.equal(code, 0, said)
  t.same(steps, [], said)
  t.match(said, /answer\s+b\s+INTEGER\s+VARCHAR\s+─+\s+42\s+x/)
  const history = join(home, 'query_history')
  t.match(readFileSync(history, 'utf8'), /^\.quit\nFROM pins;\n/)
  t.equal(statSync(history).mode & 0o777, 0o600)
})
