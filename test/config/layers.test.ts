/** Where a value of the configuration comes from, and that it is checked wherever that is. */
import { networkInterfaces } from 'node:os'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig, type KeyName } from '../../src/config/config.js'
import type { Sources } from '../../src/config/layers.js'
import { portsOf } from '../../src/config/listen.js'
import { tempFolder } from '../support/temp.js'

t.test(
  'a flag overrides the environment, which overrides the file, which overrides the default',
  async (t) => {
    const home = tempFolder(t)
    const key = 'log.level'
    const env = { IPFS_KIT_LOG_LEVEL: 'error' }
    t.equal(loadConfig(home, { env: {} })[key], 'info')
    writeFileSync(join(home, 'mount.config.json'), '{"log": {"level": "debug"}}')
    t.equal(loadConfig(home, { env: {} })[key], 'debug')
    t.equal(loadConfig(home, { env })[key], 'error')
    t.equal(loadConfig(home, { env, flags: { [key]: 'warn' } })[key], 'warn')
  }
)

t.test('a value of the environment has the type of its key, and is checked', async (t) => {
  const home = tempFolder(t)
  const env = {
    IPFS_KIT_MOUNT_ALLOW_OTHER: 'true',
    IPFS_KIT_CACHE_MIN_ACCESS_COUNT: '7',
    IPFS_KIT_CACHE_SIZE: '1GB',
    IPFS_KIT_MOUNT_PATH: '',
    IPFS_KIT_HOME: '/elsewhere'
  }
  const config = loadConfig(home, { env })
  t.match(config, { 'mount.allow_other': true, 'cache.min_access_count': 7, 'cache.size': 1e9, 'mount.path': '~/ipfs' }) // prettier-ignore
  for (const [name, text] of [
    ['IPFS_KIT_MOUNT_ALLOW_OTHER', 'yes'],
    ['IPFS_KIT_CACHE_MIN_ACCESS_COUNT', 'often'],
    ['IPFS_KIT_CACHE_SIZE', 'huge']
  ] as const)
    t.throws(() => loadConfig(home, { env: { [name]: text } }), { code: 'CONFIG_INVALID', message: new RegExp(`^${name}: `) }) // prettier-ignore
})

t.test('threats 57: /metrics is served to other machines only with a token', async (t) => {
  const home = tempFolder(t)
  const own = Object.values(networkInterfaces()).flatMap((found = []) => found).find(({ internal, family }) => !internal && family === 'IPv4')?.address // prettier-ignore
  const listen = (address: string, tokenFile?: string) => {
    const env = { IPFS_KIT_METRICS_LISTEN: address, IPFS_KIT_METRICS_TOKEN_FILE: tokenFile ?? '' }
    const sources: Sources<KeyName> = { env }
    return portsOf(loadConfig(home, sources)).metrics
  }
  const token = join(home, 'token')
  writeFileSync(token, '  0123456789abcdef\n')
  t.equal(listen('off'), null)
  t.same(listen('127.0.0.1:9464'), { host: '127.0.0.1', port: 9464, tokenFile: null, tls: null })
  for (const address of [
    '0.0.0.0:9464',
    '[::]:9464',
    ...(own === undefined ? [] : [`${own}:9464`])
  ]) {
    t.throws(() => listen(address), { code: 'CONFIG_INVALID', message: /a token is needed.*metrics\.token_file/ }, address) // prettier-ignore
    t.match(listen(address, token), { port: 9464, tokenFile: token })
  }
  t.throws(() => listen('192.0.2.7:9464', token), { message: /192\.0\.2\.7 is no address of this machine/ }) // prettier-ignore
  t.throws(() => listen('0.0.0.0:9464', join(home, 'absent')), { message: /absent cannot be read/ })
  writeFileSync(token, 'short')
  t.throws(() => listen('127.0.0.1:9464', token), { message: /16 characters or more/ })
})
