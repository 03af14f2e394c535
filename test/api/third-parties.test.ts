/** What other people's tools say of the API: a linter of its document, and a fuzzer over a real engine. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openApi } from '../../src/api/openapi.js'
import { Kit, runProgram } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(600_000)

const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ipfs-kit')
const SCHEMATHESIS = join(CACHE, 'schemathesis-1/bin/schemathesis')
const REDOCLY = join(CACHE, 'redocly-1/node_modules/.bin/redocly')

/** Operations that read and write files of this machine, whatever a fuzzer calls them. */
const PATHS_OF_THIS_MACHINE = ['--exclude-operation-id', 'add', '--exclude-operation-id', 'get']

const without = (path: string) =>
  existsSync(path) ? {} : { skip: `${path} is not there; .ci/prepare makes it` }

t.test('the linter of Redocly finds nothing', without(REDOCLY), async (t) => {
  const folder = tempFolder(t, 'redocly')
  const file = join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify(openApi()))
  const { code, stdout, stderr } = await runProgram(REDOCLY, ['lint', '--format=json', file])
  t.equal(code, 0, `${stdout}${stderr}`)
  t.match(JSON.parse(stdout.toString()), { totals: { errors: 0, warnings: 0 } })
})

t.test('schemathesis finds nothing, with all of its checks', without(SCHEMATHESIS), async (t) => {
  const folder = tempFolder(t, 'schemathesis')
  const kit = new Kit(join(folder, 'home'), {
    cwd: folder,
    env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0' }
  })
  mkdirSync(kit.home)
  t.teardown(() => kit.run(['daemon', 'stop']))
  const { ports } = await kit.json<{ ports: { url: string }[] }>('daemon', 'start')
  const token = readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()
  const args = ['run', `${ports[0]!.url}/openapi.json`, '-H', `Authorization: Bearer ${token}`, '--checks', 'all', '--max-examples', '3', '--phases', 'coverage,fuzzing', '--max-response-time', '120', '--request-timeout', '120', '--no-color', '--generation-deterministic', '--seed', '1', ...PATHS_OF_THIS_MACHINE] // prettier-ignore
  const { code, stdout, stderr } = await runProgram(SCHEMATHESIS, args, { cwd: folder })
  t.equal(code, 0, `${stdout.toString().slice(-8000)}${stderr}`)
})
