/** Man pages: one for each command, with every flag; man(1) takes them, and the package has them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { GLOBAL_OPTIONS } from '../../src/cli/command-spec.js'
import { COMMANDS } from '../../src/cli/commands.js'
import { manPages } from '../../src/cli/man-pages.js'
import { runProgram } from '../support/cli.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const pages = manPages(COMMANDS)

t.test('the package names a page for each command', async (t) => {
  const { man, files } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
    man: string[]
    files: string[]
  }
  t.same(
    man,
    pages.map(({ file }) => `./dist/man/${file}`),
    'after a change of the commands: npm run man'
  )
  t.ok(files.includes('dist/man'))
  for (const { name } of COMMANDS)
    t.ok(man.includes(`./dist/man/ipfs-kit-${name.replaceAll(' ', '-')}.1`), name)
})

const found = await runProgram('sh', ['-c', 'command -v man && command -v groff'])
const skip = found.code === 0 ? false : 'man and groff are not here'

t.test(
  'man shows every flag, example and command, without a complaint',
  { skip, timeout: 120_000 },
  async (t) => {
    const folder = join(tempFolder(t, 'man'), 'man1')
    mkdirSync(folder)
    for (const { file, text } of pages) writeFileSync(join(folder, file), text)
    const shown = new Map<string, string>()
    for (const { file } of pages) {
      const path = join(folder, file)
      const env = { MANWIDTH: '200', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '' }
      const checked = await runProgram('groff', ['-man', '-Tutf8', '-ww', '-z', path], { env })
      t.same([checked.code, checked.stderr], [0, ''], file)
      const { stdout } = await runProgram('man', ['--nh', '--nj', '-P', 'cat', '-l', path], { env })
      // man may set bold and italics by overstriking.
      // oxlint-disable-next-line no-control-regex
      shown.set(file, stdout.toString().replace(/.\x08|\x1b\[\d*m/g, ''))
    }
    for (const spec of COMMANDS) {
      const text = shown.get(`ipfs-kit-${spec.name.replaceAll(' ', '-')}.1`)!
      t.ok(text.includes(`ipfs-kit ${spec.name}`), spec.name)
      for (const [name, { short, value }] of Object.entries({
        ...spec.options,
        ...GLOBAL_OPTIONS
      })) {
        const flag = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
        t.ok(
          text.split('\n').some((line) => line.trim().startsWith(flag)),
          `${spec.name} ${flag}`
        )
      }
      for (const example of spec.examples) t.ok(text.includes(example), example)
      t.ok(shown.get('ipfs-kit.1')!.includes(`  ${spec.name}`), spec.name)
    }
  }
)
