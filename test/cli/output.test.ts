/** What a command prints is escaped at its edge, whoever wrote it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Output } from '../../src/cli/output.js'
import { report } from '../../src/cli/report.js'
import { listing, table } from '../../src/cli/table.js'
import { KitError } from '../../src/core/errors.js'
import { ROOT } from '../support/paths.js'

const EVIL = 'x\x1b]0;pwned\x07\r\nipfs-kit cat: fine\x9b2J\u202e\u2028'
const SHOWN = 'x\\x1b]0;pwned\\x07\\r\\nipfs-kit cat: fine\\x9b2J\\u{202e}\\u{2028}'

function outputs() {
  let [stdout, stderr] = ['', '']
  const output = new Output(
    { write: (text: string) => ((stdout += text), true) },
    { write: (text: string) => ((stderr += text), true) }
  )
  return { output, said: () => ({ stdout, stderr }) }
}

t.test('threats 25: a line is a line, whatever is in it', async (t) => {
  const { output, said } = outputs()
  output.print(EVIL)
  output.print([EVIL, 'second'])
  output.note(EVIL)
  t.same(said(), { stdout: `${SHOWN}\n${SHOWN}\nsecond\n`, stderr: `${SHOWN}\n` })
})

t.test('the journal takes the priorities of errors and warnings', async (t) => {
  let text = ''
  const stream = { write: (more: string) => ((text += more), true) }
  const output = new Output(stream, stream, true)
  const error = new KitError('IO', 'it broke')
  report({ operation: 'mount', debug: false, output, error, json: false })
  output.note('warning: look', 'warn')
  output.note('fine')
  t.equal(text, '<3>ipfs-kit mount: it broke\n<4>warning: look\n<6>fine\n')
})

t.test('threats 25: errors, their causes and JSON too', async (t) => {
  const { output, said } = outputs()
  output.warnings.push(EVIL)
  output.answer = { [EVIL]: EVIL }
  const ending = { operation: 'cat', debug: true, output }
  report({ ...ending, json: true })
  const cause = new KitError('IO', EVIL)
  const error = new KitError('BACKEND_UNAVAILABLE', EVIL, { cause })
  report({ ...ending, error, json: true })
  report({ ...ending, error, json: false })
  const { stdout, stderr } = said()
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  t.notMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/u)
  t.notMatch(stdout + stderr, /^ipfs-kit cat: fine/m)
  const [answer, failure] = stdout.trim().split('\n')
  t.equal(JSON.parse(answer!).warnings[0], EVIL)
  t.equal(JSON.parse(failure!).error, EVIL)
  t.match(stderr, /^KitError: x.*\n {4}at /m)
  t.match(stderr, /^caused by\nKitError: x/m)
})

t.test('columns are as wide as what is printed', async (t) => {
  t.same(table([['\n', 'a'], ['bcd', 'e']]), ['\\n   a', 'bcd  e']) // prettier-ignore
  t.same(table([['東京', 'a'], ['u\u0308🙂', 'b'], ['abcd', 'c']]), ['東京  a', 'u\u0308🙂   b', 'abcd  c'], 'wide characters take two columns') // prettier-ignore
  t.same(
    table(
      [
        ['x', '10'],
        ['y', '2']
      ],
      [1]
    ),
    ['x  10', 'y   2'],
    'the last column, too'
  )
  t.same(listing(['NAME', 'ROWS'], [['a', '1']], [1]), ['NAME  ROWS', 'a        1'])
  t.same(listing(['NAME'], []), [])
})

t.test('no other file of the program writes text to stdout or stderr', async (t) => {
  // Those that do: the prompt for a secret, the edge, the shell of SQL, the error when stdout is gone, the log, the protocol of assistants, and a constant before anything loads.
  const edges = ['cli/ask-secret.ts', 'cli/output.ts', 'cli/query-shell.ts', 'cli/run-helper.ts', 'cli/run.ts', 'cli/stdout.ts', 'core/log.ts', 'main.ts', 'mcp/serve-stdio.ts'] // prettier-ignore
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  const writers = files.filter(
    (file) =>
      file.endsWith('.ts') &&
      /\bstd(out|err)\.write\b|\bconsole\.|\bprocess\.std(out|err)\b(?!\.(isTTY|columns|on)\b)|\bSTDERR\b|from 'node:console'/.test(
        readFileSync(join(ROOT, 'src', file), 'utf8')
      )
  )
  t.same(writers.sort(), edges)
  for (const file of ['cli/run.ts', 'cli/run-helper.ts'])
    t.notMatch(readFileSync(join(ROOT, 'src', file), 'utf8'), /std(out|err)\.write/)
})
