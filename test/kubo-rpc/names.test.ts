/** Names over Kubo's RPC, by its own command line: publishing, resolving, and records of other nodes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findKubo, skipWithoutKubo } from '../servers/kubo.js'
import { runProgram } from '../support/cli.js'
import { FIXTURES } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'
import { socketOf, startEngine } from './rpc.js'

t.setTimeout(120_000)

const found = findKubo()
const kubo = 'program' in found ? found.program : ''

const RECORDS = join(FIXTURES, 'gateway-conformance', 'all')

t.test('names', skipWithoutKubo, async (t) => {
  const folder = tempFolder(t, 'kubo-names')
  const kit = await startEngine(t, folder)
  const ipfs = async (...args: string[]) => {
    const env = { ...process.env, IPFS_PATH: join(folder, 'none') }
    const { code, stdout, stderr } = await runProgram(kubo, ['--api', `/unix${socketOf(kit)}`, ...args], { env, cwd: folder }) // prettier-ignore
    return { code, out: stdout, text: stdout.toString().trimEnd(), err: stderr }
  }
  const cid = (await runProgram(kubo, ['--api', `/unix${socketOf(kit)}`, 'add', '-Q'], { input: 'one', cwd: folder })).stdout.toString().trim() // prettier-ignore
  const first = await ipfs('name', 'publish', '--allow-offline', `/ipfs/${cid}`)
  t.equal(first.code, 0, first.err)
  const [, name = ''] = /^Published to (k51\w+): \/ipfs\//.exec(first.text) ?? []
  t.not(name, '')
  t.equal((await ipfs('name', 'resolve', name)).text, `/ipfs/${cid}`)
  t.equal((await ipfs('name', 'resolve')).text, `/ipfs/${cid}`)
  t.equal((await ipfs('cat', `/ipns/${name}`)).text, 'one')
  const other = (await runProgram(kubo, ['--api', `/unix${socketOf(kit)}`, 'add', '-Q'], { input: 'two', cwd: folder })).stdout.toString().trim() // prettier-ignore
  t.equal((await ipfs('name', 'publish', '--quieter', '--ttl', '1s', `/ipfs/${other}`)).text, name)
  t.match(await ipfs('name', 'publish', '--key', 'none', `/ipfs/${other}`), { code: 1 })
  const record = await ipfs('routing', 'get', `/ipns/${name}`)
  t.equal(record.code, 0, record.err)
  const inspected = await runProgram(kubo, ['name', 'inspect', '--verify', name, '--enc', 'json'], { input: record.out, cwd: folder, env: { ...process.env, IPFS_PATH: join(folder, 'none') } }) // prettier-ignore
  t.match(inspected.stdout.toString(), /"(?:Value|IsValid)"/i, inspected.stderr)

  t.test('records of others, as the fixtures of gateways have them', async (t) => {
    const files = readdirSync(RECORDS).filter((file) => file.endsWith('.ipns-record'))
    t.ok(files.length > 0)
    for (const file of files) {
      const [key = ''] = /^[A-Za-z0-9]+/.exec(file) ?? []
      const put = await ipfs('routing', 'put', '--allow-offline', `/ipns/${key}`, join(RECORDS, file)) // prettier-ignore
      if (put.code !== 0) t.match(put.err, /expired|not signed|damaged|two things|no signature/, file)
      else t.ok((await ipfs('routing', 'get', `/ipns/${key}`)).out.equals(readFileSync(join(RECORDS, file))), file) // prettier-ignore
    }
    t.match(await ipfs('routing', 'get', '/ipns/k51qzi5uqu5dh71qgwangrt6r0nd4094i88nsady6qgd1dhjcyfsaqmpp143ab'), { code: 1 }) // prettier-ignore
  })
})
