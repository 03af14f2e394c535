/**
 * Random DAGs on random pairs of real servers, which are killed, stopped and started meanwhile: at the
 * end `pin heal` leaves every copy stored, and every byte verifies from each copy alone. MANY_DAGS sets
 * how many.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FtpServer, skipWithoutFtp, USER, PASSWORD } from '../servers/ftp.js'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { OpenSsh, skipWithoutOpenSsh } from '../servers/openssh.js'
import { skipWithoutRgw, startRgw } from '../servers/rgw.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const DAGS = Number(process.env['MANY_DAGS'] ?? 24)
const BATCH = 4

t.setTimeout(900_000)

/** A server that may fail. */
interface Failing {
  readonly backend: string
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => void
  readonly resume: () => void
}

function random(seed: number): () => number {
  let x = seed >>> 0
  return () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return x / 2 ** 32
  }
}

async function backendsOf(t: Test, folder: string, kit: Kit): Promise<Failing[]> {
  mkdirSync(join(folder, 'nas'))
  await kit.ok('backend', 'add', 'nas', '--type', 'filesystem', '--path', join(folder, 'nas'))
  const failing: Failing[] = []
  if (skipWithoutRgw.skip === false) {
    const rgw = await startRgw(t)
    const bucket = await rgw.bucket()
    const env = { AWS_SECRET_ACCESS_KEY: rgw.key.secret }
    const added = await kit.run(['backend', 'add', 'bucket', '--type', 's3', '--bucket', bucket, '--endpoint', rgw.endpoint, '--access-key-id', rgw.key.accessKeyId, '--timeout', '3s'], { env }) // prettier-ignore
    t.equal(added.code, 0, added.stderr)
    failing.push({
      backend: 'bucket',
      kill: () => rgw.killGateway(),
      start: () => rgw.startGateway(),
      stop: () => rgw.signal('SIGSTOP'),
      resume: () => rgw.signal('SIGCONT')
    })
  }
  if (skipWithoutOpenSsh.skip === false) {
    const ssh = await OpenSsh.start(t, join(folder, 'ssh'))
    mkdirSync(join(folder, 'ssh-files'))
    await kit.ok('backend', 'add', 'ssh', '--type', 'sftp', '--host', ssh.host, '--port', String(ssh.port), '--user', ssh.user, '--identity-file', ssh.identityFile, '--host-key', ssh.fingerprint(), '--path', join(folder, 'ssh-files'), '--timeout', '3s') // prettier-ignore
    failing.push({
      backend: 'ssh',
      kill: () => ssh.kill(),
      start: () => ssh.run(),
      stop: () => ssh.signal('SIGSTOP'),
      resume: () => ssh.signal('SIGCONT')
    })
  }
  if (skipWithoutFtp.skip === false) {
    const ftp = await FtpServer.start(t, 'pure-ftpd')
    const env = { FTP_PASSWORD: PASSWORD }
    const added = await kit.run(['backend', 'add', 'ftp', '--type', 'ftp', '--host', '127.0.0.1', '--port', String(ftp.port), '--user', USER, '--path', '/data', '--tls', 'off', '--timeout', '3s'], { env }) // prettier-ignore
    t.equal(added.code, 0, added.stderr)
    failing.push({
      backend: 'ftp',
      kill: () => ftp.kill(),
      start: () => ftp.run(),
      stop: () => ftp.stop(),
      resume: () => ftp.resume()
    })
  }
  if (skipWithoutKubo.skip === false) {
    const kubo = await Kubo.start(t, folder)
    await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--repo', 'off', '--timeout', '3s') // prettier-ignore
    failing.push({
      backend: 'node',
      kill: () => kubo.kill(),
      start: () => kubo.startDaemon(),
      stop: () => kubo.signal('SIGSTOP'),
      resume: () => kubo.signal('SIGCONT')
    })
  }
  return failing
}

t.test('servers that fail lose nothing', { timeout: 900_000 }, async (t) => {
  const folder = tempFolder(t, 'many-backends')
  const kit = new Kit(join(folder, 'home'))
  const failing = await backendsOf(t, folder, kit)
  const names = ['nas', ...failing.map(({ backend }) => backend)]
  const next = random(7)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const roots: string[] = []
  for (let made = 0; made < DAGS; made += BATCH) {
    const batch: string[] = []
    for (let i = 0; i < BATCH; i++) {
      const source = join(folder, `dag-${made + i}`)
      mkdirSync(join(source, 'sub'), { recursive: true })
      for (let file = 0; file < 1 + next() * 6; file++)
        writeFileSync(join(source, 'sub', `f${file}`), Buffer.alloc(Math.floor(next() * 700_000), `${made} ${i} ${file}`)) // prettier-ignore
      batch.push(await kit.add(source))
    }
    roots.push(...batch)
    const one = pick(names)
    const other = pick(names.filter((name) => name !== one))
    const storing = kit.run(['pin', 'add', ...batch, '--backend', `${one},${other}`])
    const victim = failing.length === 0 ? undefined : pick(failing)
    const isKilled = next() < 0.5
    if (isKilled) await victim?.kill()
    else victim?.stop()
    await storing
    if (isKilled) await victim?.start()
    else victim?.resume()
  }
  for (let tries = 0; tries < 3; tries++) if ((await kit.run(['pin', 'heal'])).code === 0) break
  const { pins } = await kit.json<{ pins: { cid: string; backend: string; status: string; last_error: string }[] }>('pin', 'ls', '--backend', 'all') // prettier-ignore
  t.same(pins.filter(({ status }) => status !== 'stored'), []) // prettier-ignore
  t.equal(pins.length, 2 * roots.length)
  t.match(await kit.ok('pin', 'verify', '--read-data'), new RegExp(`^${pins.length} copies hashed and sound, 0 not$`)) // prettier-ignore
  // From each copy alone: a home that knows one backend, and nothing else.
  const { pins: copies } = await kit.json<{ pins: { cid: string; backend: string }[] }>('pin', 'ls', '--backend', 'nas') // prettier-ignore
  const other = new Kit(join(folder, 'other'))
  await other.ok('backend', 'add', 'nas', '--type', 'filesystem', '--path', join(folder, 'nas'))
  for (const { cid } of copies.slice(0, 3)) {
    await other.ok('pin', 'add', cid)
    await other.ok('get', cid, '-o', join(folder, `from-${cid}`))
  }
})
