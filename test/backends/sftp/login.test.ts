/** Keys, agents, passphrases and passwords. */
import { spawnSync, execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { Connection } from '../../../backends/sftp/connection.js'
import { sftpOptions } from '../../../backends/sftp/options.js'
import { Secrets } from '../../../backends/secrets.js'
import { fingerprintOf } from '../../../backends/sftp/host-key.js'
import { makeKey, publicKey, skipWithoutOpenSsh } from '../../servers/openssh.js'
import { rcloneSftp, skipWithoutRcloneSftp } from '../../servers/rclone-sftp.js'
import { sftpAt, sftpBackend, sftpPlace, sftpTexts } from '../../support/sftp.js'
import { tempFolder } from '../../support/temp.js'

const { signal } = new AbortController()

t.test('a key of the agent', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  const said = execFileSync('ssh-agent', [
    '-s',
    '-a',
    join(place.server.folder, 'agent')
  ]).toString()
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)![1])
  t.teardown(() => void process.kill(pid))
  const before = process.env['SSH_AUTH_SOCK']
  process.env['SSH_AUTH_SOCK'] = join(place.server.folder, 'agent')
  t.teardown(() => {
    if (before === undefined) delete process.env['SSH_AUTH_SOCK']
    else process.env['SSH_AUTH_SOCK'] = before
  })
  const keyless = { 'identity-file': [], agent: ['on'] }
  await t.rejects(sftpBackend(t, place, keyless).health({ signal }), { code: 'CREDENTIALS' })
  const { status } = spawnSync('ssh-add', ['-q', place.server.identityFile], { stdio: 'ignore' })
  t.equal(status, 0)
  await sftpBackend(t, place, keyless).health({ signal })
  await t.rejects(sftpBackend(t, place, { ...keyless, agent: ['off'] }).health({ signal }), { code: 'CREDENTIALS' }) // prettier-ignore
})

t.test('a key with a passphrase', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  const { identityFile } = place.server
  const passphrase = 'a passphrase of some length'
  execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', passphrase, '-f', identityFile])
  await sftpBackend(t, place, {}, { secret: passphrase }).health({ signal })
  for (const secret of [undefined, 'a wrong one']) {
    const backend = sftpBackend(t, place, {}, secret === undefined ? {} : { secret })
    await t.rejects(backend.health({ signal }), {
      code: 'CREDENTIALS',
      message: /has a passphrase/
    })
    t.notMatch(inspect(backend, { depth: 9 }), /a wrong one/)
  }
})

t.test('keys that cannot be used', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  const { folder, identityFile } = place.server
  const health = (path: string): Promise<unknown> => sftpBackend(t, place, { 'identity-file': [path] }).health({ signal }) // prettier-ignore
  const other = join(folder, 'other')
  makeKey(other)
  await t.rejects(health(other), { code: 'CREDENTIALS', message: /accepts none of the keys/ })
  await t.rejects(health(join(folder, 'nothing')), { code: 'CREDENTIALS', message: /there is no file/ }) // prettier-ignore
  chmodSync(`${identityFile}.pub`, 0o600)
  await t.rejects(health(`${identityFile}.pub`), { code: 'CREDENTIALS', message: /public key|no private key/ }) // prettier-ignore
  chmodSync(identityFile, 0o644)
  await t.rejects(health(identityFile), { code: 'CREDENTIALS', message: /user_key has mode 0644/ })
})

t.test('a wrong password is CREDENTIALS, and is not told', skipWithoutRcloneSftp, async (t) => {
  const folder = tempFolder(t, 'rclone')
  const files = join(folder, 'files')
  mkdirSync(files)
  const { program, host, user, password, hostKey } = await rcloneSftp(t, files, folder)
  const texts = { host: [host], port: [String(program.port)], user: [user], path: ['/'], agent: ['off'], 'host-key': [fingerprintOf(publicKey(hostKey))] } // prettier-ignore
  await sftpAt(t, texts, { secret: password }).health({ signal })
  const wrong = sftpAt(t, texts, { secret: 'hunter2hunter2' })
  const error: unknown = await wrong.health({ signal }).catch((reason: unknown) => reason)
  t.match(error, { code: 'CREDENTIALS' })
  t.notMatch(inspect(error, { depth: 9 }), /hunter2/)
})

t.test(
  'a server that never begins SFTP is left, and asked again',
  skipWithoutOpenSsh,
  async (t) => {
    const script = join(tempFolder(t, 'subsystem'), 'sftp')
    const hangs = 'exec sleep 60'
    writeFileSync(script, hangs)
    const place = await sftpPlace(t, { program: `/bin/sh ${script}` })
    const connection = new Connection('box', sftpOptions(sftpTexts(place)), new Secrets({}), 1000)
    t.teardown(() => connection.close())
    await t.rejects(connection.session(signal), { code: 'BACKEND_UNAVAILABLE', message: /did not begin SFTP within 1 s/ }) // prettier-ignore
    writeFileSync(script, 'exec /usr/lib/openssh/sftp-server')
    t.notOk((await connection.session(signal)).isLost)
  }
)
