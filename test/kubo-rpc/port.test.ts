/** Kubo's command line at the port of an engine, which wants the token. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findKubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit, runProgram } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(120_000)

const found = findKubo()
const kubo = 'program' in found ? found.program : ''

t.test('threats 109: with the token, and not without it', skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo-port')
  const env = { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0' }
  const kit = new Kit(join(folder, 'home'), { env })
  t.teardown(() => kit.run(['daemon', 'stop']))
  const { ports } = await kit.json<{ ports: { url: string }[] }>('daemon', 'start')
  const { port } = new URL(ports[0]!.url)
  const token = readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()
  const ipfs = (...args: string[]) =>
    runProgram(kubo, ['--api', `/ip4/127.0.0.1/tcp/${port}`, ...args], {
      input: 'content',
      cwd: folder,
      env: { ...process.env, IPFS_PATH: join(folder, 'none') }
    })
  const refused = await ipfs('add', '-Q')
  t.equal(refused.code, 1)
  t.match(refused.stderr, /401|token/)
  const added = await ipfs('--api-auth', `bearer:${token}`, 'add', '-Q')
  t.equal(added.code, 0, added.stderr)
  const read = await ipfs('--api-auth', `bearer:${token}`, 'cat', added.stdout.toString().trim())
  t.equal(read.stdout.toString(), 'content')
})
