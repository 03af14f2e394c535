/** Completion: commands, options and values, and that the script of each shell asks for them. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { BACKEND_TYPES } from '../../backends/registry.js'
import { candidates, type Candidate } from '../../src/cli/candidates.js'
import { COMMANDS } from '../../src/cli/commands.js'
import { Kit, runProgram } from '../support/cli.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const texts = async (...words: string[]): Promise<string[]> =>
  (await candidates(words, COMMANDS, async (kind) => [{ text: `<${kind}>`, help: '' }])).map(
    ({ text }: Candidate) => text
  )

t.test('every command, option and closed list of values is offered', async (t) => {
  t.ok((await texts('')).includes('mount'))
  for (const { name, options } of COMMANDS) {
    const words = name.split(' ')
    const last = words.at(-1)!
    t.ok((await texts(...words.slice(0, -1), last.slice(0, 1))).includes(last), name)
    const offered = await texts(...words, '-')
    for (const [option, { short, values, value }] of Object.entries(options)) {
      t.ok(offered.includes(`--${option}`), `${name} --${option}`)
      if (short !== undefined) t.ok(offered.includes(`-${short}`), `${name} -${short}`)
      if (values === undefined) continue
      t.same(await texts(...words, `--${option}`, ''), values, `${name} --${option}`)
      t.same(await texts(...words, `--${option}`, '=', ''), values, 'as bash splits it')
      t.same(await texts(...words, `--${option}=`), values.map((one) => `--${option}=${one}`), `${value}`) // prettier-ignore
    }
  }
})

t.test('what is typed decides', async (t) => {
  t.same(await texts('pin', 'r'), ['rm'])
  t.same(await texts('mount', '--driver', 'r'), ['raw'])
  t.same(await texts('backend', 'add', 'x', '--type', ''), Object.keys(BACKEND_TYPES))
  t.same(await texts('backend', 'add', 'x', '--network', ''), ['on', 'off'])
  t.same(await texts('--log-level', 'd'), ['debug'])
  t.same(await texts('--log-level', 'debug', 'unm'), ['unmount'])
  t.same(await texts('--home', '/x', 'backend', 'show', ''), ['<backend>'])
  t.same(await texts('pin', 'rm', ''), ['<pin>'])
  t.same(await texts('pin', 'add', 'x', '--name', ''), ['<pin-name>'])
  t.same(await texts('cat', ''), ['<cid-path>'])
  t.same(await texts('cache', 'evict', ''), ['<pin>'], 'it takes no paths')
  t.same(await texts('cat', '--offset', ''), [], 'a number')
  t.same(await texts('car', 'export', 'x', '-o', ''), [], 'a file')
  t.same(await texts('pin', 'add', 'x', '--backend', ''), ['<backends>'])
  t.same(await texts('dataset', 'put', ''), ['<dataset>'])
  t.same(await texts('dataset', 'put', 'x', ''), ['<file>'], 'a file')
  t.same(await texts('dataset', 'adopt', 'x', ''), ['<cid-path>'])
  t.same(await texts('dataset', 'diff', 'x@v1', ''), ['<dataset-version>'])
  t.same(await texts('query', '--saved', ''), ['<query>'])
  t.same(await texts('query', 'rm', ''), ['<query>'])
  t.same(await texts('completion', ''), ['bash', 'zsh', 'fish'])
  t.same(await texts('help', 'pin', 'l'), ['ls'])
  t.ok((await texts('config', 'set', 'cache.')).includes('cache.size'))
  t.same(await texts('config', 'set', 'log.level', ''), ['error', 'warn', 'info', 'debug'])
  t.same(await texts('config', 'set', '--config', 'x', 'mount.allow_other', 't'), ['true'])
  t.same(await texts('config', 'set', 'cache.memory', ''), [], 'any size')
  t.same(await texts('config', 'show', 'mount.um'), ['mount.umask'])
})

async function plant(t: Test) {
  const folder = tempFolder(t, 'completion')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(join(folder, 'photos', 'a b'), { recursive: true })
  writeFileSync(join(folder, 'photos', 'alone'), 'x')
  const cid = await kit.add(join(folder, 'photos'))
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', folder)
  await kit.ok('backend', 'add', 'drawer', '--type', 'filesystem', '--path', folder)
  writeFileSync(join(folder, 'rows.csv'), 'a\n1\n')
  await kit.ok('dataset', 'put', 'sales', join(folder, 'rows.csv'), '--tag', 'raw', '-m', 'first')
  writeFileSync(join(folder, 'rows.csv'), 'a\n1\n2\n')
  await kit.ok('dataset', 'put', 'sales', join(folder, 'rows.csv'), '--tag', 'raw')
  await kit.ok('query', 'SELECT 1', '--save', 'one')
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'ipfs-kit'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  chmodSync(join(bin, 'ipfs-kit'), 0o755)
  const env = { IPFS_KIT_HOME: kit.home, PATH: `${bin}:${process.env['PATH']}` }
  return { folder, kit, cid, env }
}

t.test('complete looks into the home, and stays silent where something is wrong', async (t) => {
  const { folder, kit, cid } = await plant(t)
  const complete = async (...words: string[]) =>
    (await kit.ok('complete', '--', ...words)).split('\n')
  t.same(await complete('backend', 'rm', ''), ['disk', 'drawer'])
  t.same(await complete('pin', 'add', 'x', '--backend', 'disk,'), ['disk,drawer'])
  t.same(await complete('dataset', 'get', 's'), ['sales'])
  t.same(await complete('dataset', 'get', 'sales@'), ['latest', 'v2', 'raw', 'v1'].map((version) => `sales@${version}`)) // prettier-ignore
  t.same(await complete('dataset', 'get', 'sales', '@'), ['latest', 'v2', 'raw', 'v1'], 'as bash splits it') // prettier-ignore
  t.same(await complete('dataset', 'diff', 'sales', '@', 'v1', 'sales', '@', 'r'), ['raw'])
  t.same(await complete('dataset', 'get', 'none@'), [''])
  t.equal(await kit.ok('complete', '--describe', '--', 'dataset', 'get', 'sales@v1'), 'sales@v1 # first') // prettier-ignore
  t.same(await complete('query', '--saved', ''), ['one'])
  t.same(await complete('pin', 'rm', cid.slice(0, 10)), [cid])
  t.same(await complete('pin', 'rm', 'Qm'), [''])
  t.same(await complete('pin', 'add', 'x', '--name', 'ph'), ['photos'])
  t.same(await complete('cat', 'bafybei'), [cid])
  t.same(await complete('cat', `${cid}/`), [`${cid}/a b/`, `${cid}/alone`])
  t.same(await complete('cat', `${cid}/al`), [`${cid}/alone`])
  t.same(await complete('cat', `${cid}/nothing/`), [''])
  t.same(await complete('--home', join(folder, 'none'), 'pin', 'rm', 'bafybei'), [''])
  const elsewhere = new Kit(join(folder, 'elsewhere'))
  const within = async (...words: string[]) =>
    (await elsewhere.ok('complete', '--', ...words)).split('\n')
  t.same(await within('--home', kit.home, 'cat', `${cid}/al`), [`${cid}/alone`])
  t.same(await within('--home', '=', kit.home, 'cat', `${cid}/al`), [`${cid}/alone`])
  t.same(await within('cat', `${cid}/al`), [''], 'another home has it')
  t.match(await kit.ok('complete', '--describe', '--', 'unm'), /^unmount # unmount and stop/)
  writeFileSync(join(kit.home, 'mount.config.json'), '{')
  writeFileSync(join(kit.home, 'backends', 'disk', 'backend.json'), '{')
  t.match(await kit.run(['complete', '--', 'backend', 'rm', '']), { code: 0, stderr: '' })
  t.same(await complete('pin', 'rm', 'bafybei'), [cid])
})

/** Runs a shell's script on a command line. */
const SHELLS = {
  bash: (line: string[]) => `${BASH_REPLY}
COMP_WORDS=(ipfs-kit ${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length}
_ipfs_kit; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // Outside of its line editor zsh has no compadd: a function tells what it would get.
  zsh: (
    line: string[]
  ) => `compdef() { : }; compadd() { [[ $1 == -S ]] && shift 2; print -rl -- "\${(P@)2}" }
source <(ipfs-kit completion zsh)
words=(ipfs-kit ${line.map((word) => `'${word}'`).join(' ')}); CURRENT=${line.length + 1}
_ipfs_kit | grep .`,
  fish: (line: string[]) => `${FISH_REPLY}
complete -C 'ipfs-kit ${line.join(' ')}' | string replace -r '\\t.*' ''`
}
const BASH_REPLY = 'source <(ipfs-kit completion bash)'
const FISH_REPLY = 'ipfs-kit completion fish | source'

for (const [shell, script] of Object.entries(SHELLS))
  t.test(`the script of ${shell} offers what complete says`, async (t) => {
    const there = await runProgram('sh', ['-c', `command -v ${shell}`])
    if (there.code !== 0) return t.comment(`${shell} is not here`)
    const { cid, env } = await plant(t)
    const lines: [string[], string[]][] = [
      [['car', 'im'], ['import']],
      [['add', '--on'], ['--only-hash']],
      [['mount', '--driver', 'f'], ['fuse-native']],
      [['backend', 'show', 'di'], ['disk']],
      [['query', 'rm', ''], ['one']],
      [['dataset', 'log', 's'], ['sales']],
      [['pin', 'rm', 'bafybei'], [cid]],
      [['cat', `${cid}/al`], [`${cid}/alone`]]
    ]
    for (const [line, expected] of lines) {
      const { stdout, stderr } = await runProgram(shell, ['-c', script(line)], { env })
      t.same([stdout.toString().trim().split('\n'), stderr], [expected, ''], line.join(' '))
    }
  })

t.test('zsh and bash take their scripts for correct', async (t) => {
  const { kit } = await plant(t)
  for (const shell of ['bash', 'zsh']) {
    const there = await runProgram('sh', ['-c', `command -v ${shell}`])
    if (there.code !== 0) continue
    const checked = await runProgram(shell, ['-n'], { input: await kit.ok('completion', shell) })
    t.match(checked, { code: 0, stderr: '' }, shell)
  }
})
