/** The Python package: installed as users install it, then its own tests, which start engines of this program. */
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runProgram } from '../support/cli.js'
import { MAIN, ROOT } from '../support/paths.js'
import { PYTHON, skipWithoutPython } from '../support/python.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(300_000)

const TORCH = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'ipfs-kit/torch-1/bin/python'
)
const PACKAGE = join(ROOT, 'python')

/** Installs the package into a folder; nothing is compiled, and nothing is downloaded. */
async function installed(t: Test): Promise<string> {
  const folder = tempFolder(t, 'python')
  const source = join(folder, 'source')
  mkdirSync(source)
  // Building writes beside what is built.
  await runProgram('cp', ['-r', `${PACKAGE}/.`, source])
  const options = ['--no-deps', '--no-build-isolation', '--no-index', '--disable-pip-version-check']
  const { code, stderr } = await runProgram(
    PYTHON,
    ['-m', 'pip', 'install', '--quiet', ...options, '--target', join(folder, 'site'), source],
    { cwd: folder }
  )
  t.equal(code, 0, stderr)
  return join(folder, 'site')
}

async function pytest(t: Test, python: string, site: string, ...tests: string[]): Promise<void> {
  const { code, stdout, stderr } = await runProgram(
    python,
    ['-P', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--basetemp=${site}-tmp`, ...tests],
    {
      cwd: PACKAGE,
      env: {
        PYTHONPATH: site,
        PYTHONDONTWRITEBYTECODE: '1',
        IPFS_KIT_HOME: join(site, 'none'),
        IPFS_KIT_COMMAND: `${process.execPath} ${MAIN}`
      }
    }
  )
  t.equal(code, 0, `${stdout.toString()}\n${stderr}`)
  t.match(stdout.toString(), /\d+ passed/)
}

t.test('its tests pass, and its types hold', { skip: skipWithoutPython }, async (t) => {
  const site = await installed(t)
  t.ok(existsSync(join(site, 'ipfs_kit', 'py.typed')))
  await pytest(t, PYTHON, site, 'tests')
  const cache = ['--cache-dir', join(site, 'mypy')]
  const checked = await runProgram(PYTHON, ['-m', 'mypy', ...cache, 'ipfs_kit'], { cwd: PACKAGE })
  t.equal(checked.code, 0, checked.stdout.toString())
})

t.test(
  'the loaders for torch pass theirs',
  {
    skip:
      skipWithoutPython ||
      (existsSync(TORCH) ? false : 'torch is not installed; .ci/torch says why it cannot be')
  },
  async (t) => {
    await pytest(t, TORCH, await installed(t), 'tests/test_torch.py', 'tests/test_docs.py')
  }
)
