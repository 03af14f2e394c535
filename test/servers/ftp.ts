/** Real FTP servers on loopback: vsftpd without MLSD and with minutes in its lists, pure-ftpd with MLSD. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  writeFileSync
} from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { FtpOptions } from '../../backends/ftp/options.js'
import { leaveUpload } from '../support/leftovers.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'
import { freePort } from './kubo.js'

const READY_MS = 10_000
/** The user `daemon`, as whom both servers write: its home folder is there on every machine, as vsftpd wants it. */
const SERVED_AS = 1
export const USER = 'joe'
export const PASSWORD = 'correct horse battery'

function findServers(): { readonly folder: string } | { readonly reason: string } {
  if (process.getuid?.() !== 0) return { reason: 'the FTP servers change their user, which is for root' } // prettier-ignore
  const { status, stdout, stderr } = spawnSync('sh', [join(ROOT, '.ci', 'ftp-servers')], { encoding: 'utf8' }) // prettier-ignore
  return status === 0 ? { folder: stdout.trim() } : { reason: stderr.trim() }
}

const found = findServers()

/** Their libraries, on either kind of machine. */
const librariesIn = (folder: string): string =>
  ['x86_64', 'aarch64'].map((machine) => `${folder}/usr/lib/${machine}-linux-gnu`).join(':')

export const skipWithoutFtp = { skip: 'reason' in found ? found.reason : false }

export type FtpServerKind = 'vsftpd' | 'pure-ftpd'
export type FtpServerTls = 'explicit' | 'implicit' | 'off'

interface Certificate {
  readonly caFile: string
  /** Key and certificate, in one file. */
  readonly file: string
}

/** An authority of the test, and a certificate of it for 127.0.0.1. */
export function makeCertificate(folder: string): Certificate {
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  writeFileSync(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=an authority of a test', '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem') // prettier-ignore
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=server', '-keyout', 'key.pem', '-out', 'request.pem') // prettier-ignore
  openssl('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '2', '-set_serial', '1', '-extfile', 'san', '-out', 'cert.pem') // prettier-ignore
  const both = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name), 'utf8'))
  writeFileSync(join(folder, 'both.pem'), both.join(''), { mode: 0o600 })
  return { caFile: join(folder, 'ca.pem'), file: join(folder, 'both.pem') }
}

export class FtpServer {
  readonly kind: FtpServerKind
  readonly port: number
  /** The folder that it serves. */
  readonly data: string
  /** What a backend takes to reach it. */
  readonly options: FtpOptions
  readonly #folder: string
  readonly #command: readonly [program: string, ...args: string[]]
  #process: ChildProcess | undefined

  private constructor(
    kind: FtpServerKind,
    folder: string,
    options: FtpOptions,
    command: readonly [string, ...string[]]
  ) {
    this.kind = kind
    this.#folder = folder
    this.port = options.port
    this.data = join(folder, 'top', 'data')
    this.options = options
    this.#command = command
  }

  /**
   * Serves a folder until the test ends. vsftpd lets the anonymous in, pure-ftpd the user and
   * password above.
   * @param denied commands that vsftpd refuses.
   */
  static async start(
    t: Pick<Test, 'teardown'>,
    kind: FtpServerKind,
    { tls = 'off', denied = [] }: { readonly tls?: FtpServerTls; readonly denied?: readonly string[] } = {} // prettier-ignore
  ): Promise<FtpServer> {
    if ('reason' in found) throw new Error(found.reason)
    const folder = tempFolder(t, kind)
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'top', 'data'), { recursive: true })
    chownSync(join(folder, 'top', 'data'), SERVED_AS, SERVED_AS)
    const certificate = tls === 'off' ? undefined : makeCertificate(folder)
    const port = await freePort()
    const options: FtpOptions = {
      host: '127.0.0.1',
      port,
      user: kind === 'vsftpd' ? 'anonymous' : USER,
      password: () => PASSWORD,
      path: '/data',
      tls,
      caFile: certificate?.caFile
    }
    const setUp = { vsftpd, 'pure-ftpd': pureFtpd }[kind]
    const command = setUp(found.folder, folder, port, tls, certificate?.file ?? '')
    if (denied.length > 0)
      appendFileSync(join(folder, 'vsftpd.conf'), `cmds_denied=${denied.join(',')}\n`)
    const server = new FtpServer(kind, folder, options, command)
    t.teardown(() => server.kill())
    await server.run()
    return server
  }

  async run(): Promise<void> {
    const [program, ...args] = this.#command
    const libraries = 'folder' in found ? librariesIn(found.folder) : ''
    const child = spawn(program, args, {
      cwd: this.#folder,
      env: { ...process.env, LD_LIBRARY_PATH: libraries },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (said += data.toString()))
    this.#process = child
    const late = Date.now() + READY_MS
    while (!(await isListening(this.port))) {
      if (child.exitCode !== null || Date.now() > late) throw new Error(`${program}: ${said}`)
      await delay(20)
    }
  }

  /** Signals the server and all its sessions, each of which is a process or two, in groups of their own. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid
    if (pid === undefined) return
    for (const one of [pid, ...descendantsOf(pid)])
      try {
        process.kill(one, signal)
      } catch {
        // It has ended.
      }
  }

  stop(): void {
    this.signal('SIGSTOP')
  }

  /** Goes on. Sessions of vsftpd do not: they take the stop of their second process for its end, and wait for it for ever. */
  resume(): void {
    const pid = this.#process?.pid
    if (this.kind === 'vsftpd' && pid !== undefined)
      for (const session of descendantsOf(pid)) process.kill(session, 'SIGKILL')
    this.signal('SIGCONT')
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    // A server that is stopped begins no session that would be missed.
    child.kill('SIGSTOP')
    this.signal('SIGKILL')
    await once(child, 'exit')
  }

  /** Makes a file to be there, which the server may read and replace. */
  plant(name: string, bytes: Uint8Array): void {
    const parts = name.split('/').slice(0, -1)
    for (let count = 1; count <= parts.length; count++) {
      const folder = join(this.data, ...parts.slice(0, count))
      mkdirSync(folder, { recursive: true })
      chownSync(folder, SERVED_AS, SERVED_AS)
    }
    const path = join(this.data, name)
    writeFileSync(path, bytes)
    chownSync(path, SERVED_AS, SERVED_AS)
  }

  /** Makes a file to be there as an upload leaves it that was killed. @param at ms since 1970. */
  leave(name: string, at: number): void {
    const path = leaveUpload(this.data, at, name)
    for (const each of [dirname(path), path]) chownSync(each, SERVED_AS, SERVED_AS)
  }

  /** Exchanges the password of the user. */
  setPassword(password: string): void {
    if ('folder' in found) setPassword(found.folder, this.#folder, password)
  }
}

function descendantsOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = stdout.trim().split('\n').map((row) => row.trim().split(/\s+/).map(Number)) // prettier-ignore
  const below = (parent: number): number[] =>
    pairs.flatMap(([one, its]) => (its === parent ? [one!, ...below(one!)] : []))
  return below(pid)
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => resolve(true)).once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function vsftpd(
  programs: string,
  folder: string,
  port: number,
  tls: FtpServerTls,
  certificate: string
): [string, ...string[]] {
  mkdirSync(join(folder, 'empty'))
  const lines = [
    'listen=YES',
    'listen_ipv6=NO',
    'listen_address=127.0.0.1',
    `listen_port=${port}`,
    'background=NO',
    'seccomp_sandbox=NO',
    `secure_chroot_dir=${join(folder, 'empty')}`,
    'ftp_username=daemon',
    'nopriv_user=nobody',
    'anonymous_enable=YES',
    'local_enable=NO',
    `anon_root=${join(folder, 'top')}`,
    'write_enable=YES',
    'anon_upload_enable=YES',
    'anon_mkdir_write_enable=YES',
    'anon_other_write_enable=YES',
    'anon_world_readable_only=NO',
    'anon_umask=022',
    'pasv_address=127.0.0.1'
  ]
  if (tls !== 'off')
    lines.push(
      'ssl_enable=YES',
      'allow_anon_ssl=YES',
      'force_anon_logins_ssl=YES',
      'force_anon_data_ssl=YES',
      'ssl_tlsv1=YES',
      'ssl_ciphers=HIGH',
      `implicit_ssl=${tls === 'implicit' ? 'YES' : 'NO'}`,
      `rsa_cert_file=${certificate}`,
      `rsa_private_key_file=${certificate}`
    )
  writeFileSync(join(folder, 'vsftpd.conf'), `${lines.join('\n')}\n`)
  return [join(programs, 'usr/sbin/vsftpd'), join(folder, 'vsftpd.conf')]
}

function pureFtpd(
  programs: string,
  folder: string,
  port: number,
  tls: FtpServerTls,
  certificate: string
): [string, ...string[]] {
  if (tls === 'implicit') throw new Error('pure-ftpd has no implicit TLS')
  setPassword(programs, folder, PASSWORD)
  const users = `puredb:${join(folder, 'users.pdb')}`
  const flags = ['-S', `127.0.0.1,${port}`, '-l', users, '-g', join(folder, 'pid'), '-A', '-E', '-4', '-H', '-u', '1', '-C', '50'] // prettier-ignore
  if (tls !== 'off') flags.push('-Y', '2', '-2', certificate)
  return [join(programs, 'usr/sbin/pure-ftpd'), ...flags]
}

/** Hashed by a function that is quick: the tool's own choice takes seconds and half the memory. */
function setPassword(programs: string, folder: string, password: string): void {
  const file = join(folder, 'users')
  const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password }).toString().trim() // prettier-ignore
  const fields = [USER, hash, SERVED_AS, SERVED_AS, '', `${join(folder, 'top')}/./`]
  writeFileSync(file, `${fields.join(':')}${':'.repeat(12)}\n`)
  const env = { ...process.env, LD_LIBRARY_PATH: librariesIn(programs) }
  execFileSync(join(programs, 'usr/bin/pure-pw'), ['mkdb', join(folder, 'users.pdb'), '-f', file], { env }) // prettier-ignore
}
