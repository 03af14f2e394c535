/** Secrets of backends on the command line: taken from each source, and shown nowhere. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit, type Run } from '../support/cli.js'
import { httpServer } from '../servers/http.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const CANARY = 'canary-of-a-secret'

interface Stage {
  readonly kit: Kit
  readonly file: string
  readonly stored: string
  /** The words that add a backend of a server which refuses, and repeats the secret. */
  readonly add: readonly string[]
}

async function stage(t: Test): Promise<Stage> {
  const folder = tempFolder(t, 'secrets')
  const kit = new Kit(join(folder, 'home'), { env: { AWS_SECRET_ACCESS_KEY: '' } })
  const file = join(folder, 'file')
  writeFileSync(file, `${CANARY}\n`, { mode: 0o600 })
  const endpoint = await httpServer(t, (request, response) => {
    request.resume()
    response.writeHead(403, { 'content-type': 'application/xml' })
    response.end(`<Error><Code>Odd</Code><Message>your secret ${CANARY} is odd</Message></Error>`)
  })
  const add = ['backend', 'add', 'b', '--type', 's3', '--bucket', 'bucket', '--endpoint', endpoint, '--access-key-id', 'ID'] // prettier-ignore
  return { kit, file, add, stored: join(kit.home, 'backends', 'b', 'secret.json') }
}

const shown = (kit: Kit): Promise<{ secrets: Record<string, string> }> =>
  kit.json<{ secrets: Record<string, string> }>('backend', 'show', 'b')

t.test('from a file, the environment or standard input', { timeout: 60_000 }, async (t) => {
  const { kit, file, add, stored } = await stage(t)
  const none = await kit.run(add)
  t.equal(none.code, 2)
  t.match(none.stderr, /the secret access key is needed: give it by --secret-file FILE .*\$AWS_SECRET_ACCESS_KEY/) // prettier-ignore
  t.notOk(existsSync(join(kit.home, 'backends', 'b')))
  const inWords = await kit.run([...add, '--secret', CANARY])
  t.equal(inWords.code, 2)
  t.notMatch(inWords.stderr, /canary/)
  await kit.ok(...add, '--secret-file', file)
  t.equal(statSync(stored).mode & 0o777, 0o600)
  t.match(await shown(kit), { secrets: { secret: `set, from file ${file}` } })
  t.match(await kit.ok('backend', 'show', 'b'), /secret +set, from file /)
  await kit.ok('backend', 'update', 'b', '--priority', '7')
  t.match(readFileSync(stored, 'utf8'), /canary/, 'an update keeps it')
  const env = { AWS_SECRET_ACCESS_KEY: 'another-canary' }
  t.equal((await kit.run(['backend', 'update', 'b', '--priority', '8'], { env })).code, 0)
  t.notMatch(readFileSync(stored, 'utf8'), /another/, 'what happens to be set changes nothing')
  t.equal((await kit.run(['backend', 'update', 'b', '--new-secret'], { env })).code, 0)
  t.match(await shown(kit), { secrets: { secret: 'set, from environment AWS_SECRET_ACCESS_KEY' } })
  t.equal((await kit.run(['backend', 'update', 'b', '--secret-file', '-'], { input: 'x-canary\n' })).code, 0) // prettier-ignore
  t.match(JSON.parse(readFileSync(stored, 'utf8')), { secret: { value: 'x-canary', from: 'standard input' } }) // prettier-ignore
  t.equal((await kit.run(['backend', 'update', 'b', '--prefix', 'p', '--unset', 'access-key-id'])).code, 2) // prettier-ignore
  await kit.ok('backend', 'update', 'b', '--prefix', 'p')
  await kit.ok('backend', 'update', 'b', '--unset', 'prefix')
  t.notMatch(await kit.ok('backend', 'show', 'b'), /^prefix/m)
  await kit.ok('backend', 'rm', 'b')
  t.same(readdirSync(join(kit.home, 'backends')), [])
})

t.test(
  'threats 82: a file that others can read is refused with 12',
  { timeout: 60_000 },
  async (t) => {
    const { kit, file, add, stored } = await stage(t)
    chmodSync(file, 0o644)
    const open = await kit.run([...add, '--secret-file', file])
    t.equal(open.code, 12)
    t.match(open.stderr, new RegExp(`${file} has mode 0644.*chmod 600 ${file}`))
    chmodSync(file, 0o600)
    await kit.ok(...add, '--secret-file', file)
    chmodSync(stored, 0o640)
    const refused = await kit.run(['backend', 'test', 'b'])
    t.equal(refused.code, 12)
    t.match(refused.stderr, /secret\.json has mode 0640.*chmod 600/)
    t.match(await shown(kit), { secrets: { secret: /not usable: .*0640/ } })
  }
)

t.test(
  'threats 82: no output and no file but its own holds a secret',
  { timeout: 90_000 },
  async (t) => {
    const { kit, file, add, stored } = await stage(t)
    const runs: Run[] = [await kit.run([...add, '--secret-file', file])]
    const absent = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
    for (const words of [
      ['backend', 'show', 'b'],
      ['backend', 'ls', '--json'],
      ['backend', 'test', 'b', '--debug'],
      ['backend', 'test', 'b', '--json'],
      ['cat', absent, '--debug', '--log-level', 'debug'],
      ['cat', absent, '--json'],
      ['explain', absent, '--json'],
      ['status', '--json'],
      ['doctor', '--json'],
      ['metrics'],
      ['config', 'show'],
      ['backend', 'update', 'b', '--region', 'not/one']
    ])
      runs.push(await kit.run(words))
    t.ok(
      runs.some(({ stderr }) => stderr.includes('***')),
      'the server did repeat it'
    )
    for (const { stdout, stderr } of runs) t.notMatch(`${stdout.toString()}${stderr}`, /canary/)
    for (const name of readdirSync(kit.home, { recursive: true, encoding: 'utf8' })) {
      const path = join(kit.home, name)
      if (path !== stored && statSync(path).isFile()) t.notMatch(readFileSync(path, 'latin1'), /canary/, name) // prettier-ignore
    }
  }
)

t.test('on a terminal it is asked for, and not shown', { timeout: 60_000 }, async (t) => {
  const { kit, add, stored } = await stage(t)
  const command = [process.execPath, MAIN, ...add].map((word) => `'${word}'`).join(' ')
  const env = { IPFS_KIT_HOME: kit.home, AWS_SECRET_ACCESS_KEY: '' }
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, ...env } })
  let said = ''
  let asked = false
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString()
    if (!asked && said.includes('the secret access key: ')) {
      asked = true
      child.stdin.write(`${CANARY}\n`)
    }
  })
  const [code] = (await once(child, 'close')) as [number]
  t.equal(code, 0, said)
  t.ok(asked)
  t.notMatch(said, /canary/)
  t.match(JSON.parse(readFileSync(stored, 'utf8')), { secret: { value: CANARY, from: 'typed' } })
})
