/** Real servers of several kinds, each with a backend or two, and the ways in which they are made to fail. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { FaultProxy } from '../servers/fault-proxy.js'
import { FtpServer, PASSWORD, skipWithoutFtp, USER, type FtpServerKind } from '../servers/ftp.js'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { makeKey, OpenSsh, skipWithoutOpenSsh } from '../servers/openssh.js'
import { OLD_RCLONE, rcloneConfig } from '../servers/rclone.js'
import { skipWithoutRgw, startRgw } from '../servers/rgw.js'
import type { Kit } from './cli.js'
import { sh } from './mount.js'

/** What it gives is awaited. */
type Step = () => unknown

/** A fault of a server, and its end. */
export interface Fault {
  readonly begin: Step
  readonly end: Step
}

export interface FailingServer {
  /** The backends that are on it, by name, with what adds each to a home. */
  readonly backends: Readonly<Record<string, (kit: Kit) => Promise<void>>>
  readonly faults: Readonly<Record<string, Fault>>
}

const TIMEOUT = ['--timeout', '3s']
const SLOW_MS = 150
const ROOM = '400m'

async function added(
  kit: Kit,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {}
): Promise<void> {
  // prettier-ignore
  const { code, stderr } = await kit.run(['backend', 'add', ...args, ...TIMEOUT], { env })
  if (code !== 0) throw new Error(`backend add ${args[0]}: ${stderr}`)
}

/** A folder on a small disk of its own, where one can be made, and the fault that it is full. */
async function smallDisk(t: Test, folder: string): Promise<Record<string, Fault>> {
  if (process.getuid?.() !== 0) return {}
  const { uid, gid } = statSync(folder)
  await sh(`mount -t tmpfs -o size=${ROOM},mode=755,uid=${uid},gid=${gid} ipfs-kit-test "$1"`, folder) // prettier-ignore
  t.teardown(() => sh('umount -l "$1"', folder))
  const filler = join(folder, 'filler')
  return {
    full: {
      begin: () => sh('dd if=/dev/zero of="$1" bs=64K 2>/dev/null; true', filler),
      end: () => rmSync(filler, { force: true })
    }
  }
}

/** What can be done to any process, and to the way to it. */
function faultsOf(
  server: { kill: Step; start: Step; stop: Step; resume: Step },
  proxy: FaultProxy
): Record<string, Fault> {
  return {
    killed: { begin: server.kill, end: server.start },
    stopped: { begin: server.stop, end: server.resume },
    slow: { begin: () => proxy.use({ delayMs: SLOW_MS }), end: () => proxy.use({}) }
  }
}

const portOf = ({ url }: FaultProxy): string => new URL(url).port

async function folderServer(t: Test, folder: string): Promise<FailingServer> {
  const path = join(folder, 'nas')
  mkdirSync(path)
  const faults = await smallDisk(t, path)
  return { backends: { nas: (kit) => added(kit, ['nas', '--type', 'filesystem', '--path', path]) }, faults } // prettier-ignore
}

async function s3Server(t: Test, kits: () => Kit): Promise<FailingServer> {
  const rgw = await startRgw(t)
  const bucket = await rgw.bucket()
  const proxy = await FaultProxy.before(t, Number(new URL(rgw.endpoint).port))
  const args = ['bucket', '--type', 's3', '--bucket', bucket, '--endpoint', proxy.url, '--access-key-id', rgw.key.accessKeyId] // prettier-ignore
  const secret = (text: string) => kits().run(['backend', 'update', 'bucket', '--new-secret'], { env: { AWS_SECRET_ACCESS_KEY: text } }) // prettier-ignore
  const process = {
    kill: () => rgw.killGateway(),
    start: () => rgw.startGateway(),
    stop: () => rgw.signal('SIGSTOP'),
    resume: () => rgw.signal('SIGCONT')
  }
  return {
    backends: { bucket: (kit) => added(kit, args, { AWS_SECRET_ACCESS_KEY: rgw.key.secret }) },
    faults: {
      ...faultsOf(process, proxy),
      credentials: { begin: () => secret('none of it'), end: () => secret(rgw.key.secret) }
    }
  }
}

async function sshServer(t: Test, folder: string): Promise<FailingServer> {
  const ssh = await OpenSsh.start(t, join(folder, 'ssh'))
  const proxy = await FaultProxy.before(t, ssh.port)
  const [files, others] = [join(folder, 'ssh-files'), join(folder, 'ssh-files/others')]
  mkdirSync(files)
  const full = await smallDisk(t, files)
  mkdirSync(others)
  const args = ['ssh', '--type', 'sftp', '--host', ssh.host, '--port', portOf(proxy), '--user', ssh.user, '--identity-file', ssh.identityFile, '--host-key', ssh.fingerprint(), '--path', files] // prettier-ignore
  const config = rcloneConfig(folder, {
    far: { type: 'sftp', host: ssh.host, port: portOf(proxy), user: ssh.user, key_file: ssh.identityFile, shell_type: 'none', md5sum_command: 'none', sha1sum_command: 'none' } // prettier-ignore
  })
  const far = ['far', '--type', 'rclone', '--remote', `far:${others}`, '--config', config, '--rclone', OLD_RCLONE.program] // prettier-ignore
  const authorized = join(ssh.folder, 'authorized_keys')
  const process = {
    kill: () => ssh.kill(),
    start: () => ssh.run(),
    stop: () => ssh.signal('SIGSTOP'),
    resume: () => ssh.signal('SIGCONT')
  }
  return {
    backends: {
      ssh: (kit) => added(kit, args),
      ...(OLD_RCLONE.skip === false ? { far: (kit: Kit) => added(kit, far) } : {})
    },
    faults: {
      ...faultsOf(process, proxy),
      ...full,
      // The user's key is taken from the server, and another one takes its place.
      credentials: {
        begin: () => writeFileSync(authorized, '', { mode: 0o600 }),
        end: () => {
          makeKey(ssh.identityFile)
          writeFileSync(authorized, readFileSync(`${ssh.identityFile}.pub`), { mode: 0o600 })
        }
      }
    }
  }
}

async function ftpServer(t: Test, kind: FtpServerKind, kits: () => Kit): Promise<FailingServer> {
  const ftp = await FtpServer.start(t, kind)
  const full = await smallDisk(t, ftp.data)
  const proxy = await FaultProxy.before(t, ftp.port)
  const name = kind.replace('-', '')
  const args = [name, '--type', 'ftp', '--host', '127.0.0.1', '--port', portOf(proxy), '--path', '/data', '--tls', 'off'] // prettier-ignore
  let password = PASSWORD
  let changes = 0
  const user = kind === 'pure-ftpd' ? ['--user', USER] : []
  const process = {
    kill: () => ftp.kill(),
    start: () => ftp.run(),
    stop: () => ftp.stop(),
    resume: () => ftp.resume()
  }
  const credentials: Fault = {
    begin: () => ftp.setPassword((password = `another ${changes++}`)),
    end: () => kits().run(['backend', 'update', name, '--new-secret'], { env: { FTP_PASSWORD: password } }) // prettier-ignore
  }
  return {
    backends: { [name]: (kit) => added(kit, [...args, ...user], { FTP_PASSWORD: password }) },
    faults: {
      ...faultsOf(process, proxy),
      ...full,
      ...(kind === 'pure-ftpd' ? { credentials } : {})
    }
  }
}

async function kuboServer(t: Test, folder: string): Promise<FailingServer> {
  const kubo = await Kubo.start(t, folder)
  const proxy = await FaultProxy.before(t, Number(new URL(kubo.apiUrl).port))
  const args = ['node', '--type', 'kubo', '--api', proxy.url, '--repo', 'off']
  const process = {
    kill: () => kubo.kill(),
    start: () => kubo.startDaemon(),
    stop: () => kubo.signal('SIGSTOP'),
    resume: () => kubo.signal('SIGCONT')
  }
  return { backends: { node: (kit) => added(kit, args) }, faults: faultsOf(process, proxy) }
}

/** All that can be had here. @param kits gives the home whose secrets change with those of the servers. */
export async function failingServers(
  t: Test,
  folder: string,
  kits: () => Kit
): Promise<FailingServer[]> {
  // prettier-ignore
  const servers = [await folderServer(t, folder)]
  if (skipWithoutRgw.skip === false) servers.push(await s3Server(t, kits))
  if (skipWithoutOpenSsh.skip === false) servers.push(await sshServer(t, folder))
  if (skipWithoutFtp.skip === false)
    for (const kind of ['vsftpd', 'pure-ftpd'] as const) servers.push(await ftpServer(t, kind, kits)) // prettier-ignore
  if (skipWithoutKubo.skip === false) servers.push(await kuboServer(t, folder))
  return servers
}
