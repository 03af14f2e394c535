/** A server is asked for nothing, and told nothing, before its host key is the right one. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { knownKeys } from '../../../backends/sftp/known-hosts.js'
import { publicKey, skipWithoutOpenSsh } from '../../servers/openssh.js'
import { Kit } from '../../support/cli.js'
import { sftpBackend, sftpPlace, sftpTexts } from '../../support/sftp.js'
import { tempFolder } from '../../support/temp.js'

const { signal } = new AbortController()

t.test(
  'threats 96: an unknown server is refused with the command that pins it',
  skipWithoutOpenSsh,
  async (t) => {
    const place = await sftpPlace(t)
    const { server } = place
    const empty = join(server.folder, 'nobody')
    const kit = new Kit(tempFolder(t, 'home'))
    const texts = { ...sftpTexts(place), 'host-key': [empty] }
    const flags = Object.entries(texts).flatMap(([option, [value]]) => [`--${option}`, value!])
    await kit.ok('backend', 'add', 'box', '--type', 'sftp', ...flags)
    const { code, stdout } = await kit.run(['backend', 'test', 'box'])
    t.equal(code, 4)
    const [, command] = /`ipfs-kit (backend update box --host-key SHA256:\S+)`/.exec(stdout.toString()) ?? [] // prettier-ignore
    t.equal(command, `backend update box --host-key ${server.fingerprint()}`)
    t.notMatch(server.said, /userauth-request/, 'nobody tried to log in')
    await kit.ok(...command!.split(' '))
    t.match(await kit.ok('backend', 'test', 'box'), /ok +put file/)
    t.match(server.said, /userauth-request/)
  }
)

t.test(
  'threats 96: a changed host key is refused, and no credentials are sent',
  skipWithoutOpenSsh,
  async (t) => {
    const place = await sftpPlace(t)
    const { server } = place
    const texts = sftpTexts(place)
    const pinned = { 'host-key': [server.fingerprint()] }
    await sftpBackend(t, place).health({ signal })
    await server.kill()
    server.makeHostKeys()
    await server.run()
    server.said = ''
    const changed = { code: 'BACKEND_UNAVAILABLE', exitCode: 4, message: /No credentials were sent.*--host-key SHA256:/ } // prettier-ignore
    // The known_hosts file of the server is written anew with its keys.
    writeFileSync(join(server.folder, 'older'), readFileSync(join(server.folder, 'known_hosts')))
    await t.rejects(sftpBackend(t, place, { ...texts, ...pinned }).health({ signal }), changed)
    const older = { 'host-key': [join(server.folder, 'older')] }
    await t.rejects(sftpBackend(t, place, older).health({ signal }), changed)
    t.notMatch(server.said, /userauth-request/, 'nobody tried to log in')
    await sftpBackend(t, place, { 'host-key': [server.knownHosts] }).health({ signal })
  }
)

t.test('a pin may be of any key of the server', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t)
  for (const type of ['ed25519', 'rsa'] as const) {
    const pin = { 'host-key': [place.server.fingerprint(type)] }
    await t.resolves(sftpBackend(t, place, pin).health({ signal }), type)
  }
})

t.test(
  'a known_hosts file of one type of key has that type asked for',
  skipWithoutOpenSsh,
  async (t) => {
    const place = await sftpPlace(t)
    const { folder, knownHosts } = place.server
    const path = join(folder, 'only_rsa')
    const lines = readFileSync(knownHosts, 'utf8').split('\n')
    writeFileSync(path, lines.filter((line) => line.includes('ssh-rsa')).join('\n'))
    execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' })
    t.notMatch(readFileSync(path, 'utf8'), /127/, 'names are hashed')
    await sftpBackend(t, place, { 'host-key': [path] }).health({ signal })
    const key = publicKey(join(folder, 'host_rsa')).toString('base64')
    appendFileSync(path, `\n@revoked * ssh-rsa ${key}\n`)
    const revoked = sftpBackend(t, place, { 'host-key': [path] })
    await t.rejects(revoked.health({ signal }), {
      code: 'BACKEND_UNAVAILABLE',
      message: /is revoked/
    })
  }
)

t.test('lines of known_hosts', (t) => {
  const key = Buffer.from('a key')
  const has = (names: string, host: string, port = 22): boolean =>
    knownKeys(`# a comment\n${names} ssh-ed25519 ${key.toString('base64')} me@here\n`, host, port).trusted.length > 0 // prettier-ignore
  t.ok(has('box.example', 'box.example'))
  t.ok(has('BOX.example', 'box.EXAMPLE'), 'names have no case')
  t.ok(has('other,box.example', 'box.example'))
  t.ok(has('*.example', 'box.example'))
  t.ok(has('b?x.example', 'box.example'))
  t.ok(has('[box.example]:2222', 'box.example', 2222))
  t.notOk(has('box.example', 'box.example', 2222), 'another port is another server')
  t.notOk(has('*.example,!box.example', 'box.example'))
  t.notOk(has('boxxexample', 'box.example'))
  t.notOk(has('box.example.evil', 'box.example'))
  t.notOk(has('@cert-authority *.example', 'box.example'), 'certificates are not known')
  t.same(knownKeys('nonsense\n\n|1|broken x y\n', 'box', 22), { trusted: [], revoked: [] })
  t.end()
})
