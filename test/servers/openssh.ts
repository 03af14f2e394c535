/** A real OpenSSH server on loopback with keys of its own, for the user who runs the tests. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { freePort } from './kubo.js'

const PROGRAM = '/usr/sbin/sshd'
const READY_MS = 10_000

export const skipWithoutOpenSsh = {
  skip: existsSync(PROGRAM) ? false : 'openssh-server is not installed'
}

export interface OpenSshOptions {
  /** Requests that its SFTP refuses, such as `posix-rename`. */
  readonly denied?: readonly string[]
  /** Further flags of its SFTP, such as `-R` for one that is read-only. */
  readonly flags?: string
  /** The program of its SFTP; its own by default. */
  readonly program?: string
  /** Channels that it opens on one connection. */
  readonly channels?: number
}

export class OpenSsh {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly user = userInfo().username
  /** Its keys, its configuration, and the key of the user. */
  readonly folder: string
  readonly #options: OpenSshOptions
  #server: ChildProcess | undefined
  /** Its log. */
  said = ''

  private constructor(folder: string, port: number, options: OpenSshOptions) {
    this.folder = folder
    this.port = port
    this.#options = options
  }

  /** Starts one whose files lie in a folder. It is ended with the test. */
  static async start(
    t: Pick<Test, 'teardown'>,
    folder: string,
    options: OpenSshOptions = {}
  ): Promise<OpenSsh> {
    mkdirSync(folder, { recursive: true })
    // The server looks for a folder of the system's, which only a start by the system makes.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
    const server = new OpenSsh(folder, await freePort(), options)
    server.makeHostKeys()
    makeKey(server.identityFile)
    const key = readFileSync(`${server.identityFile}.pub`)
    writeFileSync(join(folder, 'authorized_keys'), key, { mode: 0o600 })
    t.teardown(() => server.kill())
    await server.run()
    return server
  }

  /** The private key with which its user logs in. */
  get identityFile(): string {
    return join(this.folder, 'user_key')
  }

  /** A known_hosts file with all of its keys. */
  get knownHosts(): string {
    const path = join(this.folder, 'known_hosts')
    const keys = ['ed25519', 'rsa'].map((type) => readFileSync(join(this.folder, `host_${type}.pub`), 'utf8')) // prettier-ignore
    writeFileSync(path, keys.map((key) => `[${this.host}]:${this.port} ${key}`).join(''))
    return path
  }

  /** The fingerprint of one of its keys. */
  fingerprint(type: 'ed25519' | 'rsa' = 'ed25519'): string {
    const line = execFileSync('ssh-keygen', ['-lf', join(this.folder, `host_${type}.pub`)])
    return line.toString().split(' ')[1]!
  }

  /** Gives it other keys; they hold from its next start on. */
  makeHostKeys(): void {
    for (const type of ['ed25519', 'rsa']) makeKey(join(this.folder, `host_${type}`), type)
  }

  async run(): Promise<void> {
    const config = join(this.folder, 'sshd_config')
    writeFileSync(config, this.#config())
    const server = spawn(PROGRAM, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] }) // prettier-ignore
    this.#server = server
    server.stderr.on('data', (data: Buffer) => (this.said += data.toString()))
    const late = Date.now() + READY_MS
    while (!(await answers(this.port))) {
      if (server.exitCode !== null || Date.now() > late) throw new Error(`sshd: ${this.said}`)
      await delay(25)
    }
  }

  #config(): string {
    const file = (name: string): string => join(this.folder, name)
    const { denied = [], flags = '', channels = 10, program = 'internal-sftp' } = this.#options
    return [
      `Port ${this.port}`,
      `ListenAddress ${this.host}`,
      `HostKey ${file('host_ed25519')}`,
      `HostKey ${file('host_rsa')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      `PidFile ${file('pid')}`,
      'LogLevel DEBUG1',
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      'MaxStartups 100',
      `MaxSessions ${channels}`,
      `Subsystem sftp ${program} ${flags}${denied.length > 0 ? ` -P ${denied.join(',')}` : ''}`
    ].join('\n')
  }

  /** Sends a signal to the server and to all processes that serve its connections. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#server ?? {}
    if (pid === undefined) return
    for (const each of [pid, ...descendants(pid)])
      try {
        process.kill(each, signal)
      } catch {
        // It ended meanwhile.
      }
  }

  /** Ends it, and its connections. */
  async kill(): Promise<void> {
    const server = this.#server
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    this.signal('SIGKILL')
    await once(server, 'exit')
  }
}

/** Makes a key pair. @param passphrase of the private one. */
export function makeKey(path: string, type = 'ed25519', passphrase = ''): void {
  spawnSync('rm', ['-f', path, `${path}.pub`])
  const size = type === 'rsa' ? ['-b', '2048'] : []
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', passphrase, '-f', path])
}

/** The public key of a pair, as it goes over the wire. */
export const publicKey = (path: string): Buffer =>
  Buffer.from(readFileSync(`${path}.pub`, 'utf8').split(' ')[1]!, 'base64')

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** The processes below one, by what the kernel says of their parents. */
function descendants(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = stdout.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number)) // prettier-ignore
  const below = (parent: number): number[] =>
    pairs.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child!, ...below(child!)])
  return below(pid)
}
