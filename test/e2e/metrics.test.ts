/** /metrics for other machines, by this machine's own address and a token. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const own = Object.values(networkInterfaces())
  .flatMap((found = []) => found)
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

t.test(
  'threats 57: an address that others reach answers to the token alone',
  {
    skip: own === undefined ? 'this machine has no address but 127.0.0.1' : false,
    timeout: 60_000
  },
  async (t) => {
    const folder = tempFolder(t, 'metrics')
    const home = join(folder, 'home')
    const kit = new Kit(home)
    const port = await freePort(own!)
    mkdirSync(home)
    await kit.ok('config', 'set', 'metrics.listen', `${own}:${port}`)
    const refused = await kit.run(['daemon', 'start'])
    t.equal(refused.code, 78)
    t.match(refused.stderr, /other machines reach .*a token is needed/)
    const token = join(folder, 'token')
    writeFileSync(token, 'correct-horse-battery\n')
    await kit.ok('config', 'set', 'metrics.token_file', token)
    t.teardown(() => kit.run(['daemon', 'stop']))
    await kit.ok('daemon', 'start')
    const get = (authorization?: string) =>
      fetch(`http://${own}:${port}/metrics`, authorization === undefined ? {} : { headers: { authorization } }) // prettier-ignore
    const without = await get()
    t.equal(without.status, 401)
    t.equal(without.headers.get('www-authenticate'), 'Bearer')
    t.equal((await get('Bearer correct-horse-batterx')).status, 401)
    t.equal((await get('Basic correct-horse-battery')).status, 401)
    t.equal((await get('Bearer correct-horse-battery')).status, 200)
    writeFileSync(token, 'another-token-of-length\n')
    t.equal((await get('Bearer correct-horse-battery')).status, 401, 'a token can be replaced')
    t.equal((await get('Bearer another-token-of-length')).status, 200)
    writeFileSync(token, '')
    t.equal((await get('Bearer ')).status, 401, 'no token is no reason to let everybody in')
  }
)
