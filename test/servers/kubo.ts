/** A real Kubo: built once, a repository of its own, a daemon on loopback. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { runProgram } from '../support/cli.js'
import { ROOT } from '../support/paths.js'

const READY_MS = 60_000

/** Where the program is, or why there is none. */
export function findKubo(): { readonly program: string } | { readonly reason: string } {
  const { status, stdout, stderr } = spawnSync('sh', [join(ROOT, '.ci', 'kubo')], {
    encoding: 'utf8'
  })
  return status === 0 ? { program: stdout.trim() } : { reason: stderr.trim() }
}

const found = findKubo()

export const skipWithoutKubo = { skip: 'reason' in found ? found.reason : false }

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

export class Kubo {
  readonly repo: string
  readonly api: number
  readonly gateway: number
  #daemon: ChildProcess | undefined

  private constructor(repo: string, api: number, gateway: number) {
    this.repo = repo
    this.api = api
    this.gateway = gateway
  }

  /** A repository in a folder, and a daemon that knows no network. Ended with the test. */
  static async start(t: Pick<Test, 'teardown'>, folder: string): Promise<Kubo> {
    return await Kubo.#started(t, folder, [], true)
  }

  /** As `start`, with a daemon that other nodes on this machine can connect to. */
  static async startOnline(t: Pick<Test, 'teardown'>, folder: string): Promise<Kubo> {
    return await Kubo.#started(t, folder, ['/ip4/127.0.0.1/tcp/0'], false)
  }

  static async #started(
    t: Pick<Test, 'teardown'>,
    folder: string,
    swarm: readonly string[],
    isOffline: boolean
  ): Promise<Kubo> {
    // That of servers announces no address of this machine.
    const kubo = await Kubo.init(folder, isOffline ? 'test,server' : 'test')
    await kubo.ipfs('config', 'Addresses.API', `/ip4/127.0.0.1/tcp/${kubo.api}`)
    await kubo.ipfs('config', 'Addresses.Gateway', `/ip4/127.0.0.1/tcp/${kubo.gateway}`)
    for (const [key, value] of [
      ['Addresses.Swarm', JSON.stringify(swarm)],
      ['Provide.Enabled', 'false'],
      ['AutoTLS.Enabled', 'false'],
      ['AutoConf.Enabled', 'false'],
      ['Gateway.NoFetch', 'true'],
      ...(isOffline ? [] : [['Routing.Type', '"none"'] as const])
    ])
      await kubo.ipfs('config', '--json', key, value)
    t.teardown(() => kubo.kill('SIGKILL'))
    await kubo.startDaemon(isOffline)
    return kubo
  }

  /** A repository without a daemon. @param profiles as `ipfs init` knows them. */
  static async init(folder: string, profiles = 'test,server'): Promise<Kubo> {
    const kubo = new Kubo(join(folder, 'kubo'), await freePort(), await freePort())
    await kubo.ipfs('init', `--profile=${profiles}`)
    return kubo
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.api}`
  }

  get gatewayUrl(): string {
    return `http://127.0.0.1:${this.gateway}`
  }

  /** Run its command line on this repository. @returns what it printed. */
  async ipfs(...args: string[]): Promise<string> {
    return (await this.bytes(...args)).toString().trim()
  }

  /** As `ipfs`, as bytes. */
  async bytes(...args: string[]): Promise<Buffer> {
    if ('reason' in found) throw new Error(found.reason)
    const env = { ...process.env, IPFS_PATH: this.repo }
    const { code, stdout, stderr } = await runProgram(found.program, args, { env })
    if (code !== 0) throw new Error(`ipfs ${args.join(' ')}: ${stderr}`)
    return stdout
  }

  async startDaemon(isOffline = true): Promise<void> {
    if ('reason' in found) throw new Error(found.reason)
    const daemon = spawn(found.program, ['daemon', ...(isOffline ? ['--offline'] : [])], {
      env: { ...process.env, IPFS_PATH: this.repo },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.#daemon = daemon
    let said = ''
    daemon.stdout.on('data', (data: Buffer) => (said += data.toString()))
    daemon.stderr.on('data', (data: Buffer) => (said += data.toString()))
    const late = Date.now() + READY_MS
    while (!said.includes('Daemon is ready')) {
      if (daemon.exitCode !== null || Date.now() > late) throw new Error(`Kubo: ${said}`)
      await delay(25)
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#daemon?.kill(signal)
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const daemon = this.#daemon
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
    daemon.kill('SIGCONT')
    daemon.kill(signal)
    await once(daemon, 'exit')
  }

  /** The files that hold its blocks, one each. */
  blockFiles(): string[] {
    const blocks = join(this.repo, 'blocks')
    if (!existsSync(blocks)) return []
    return readdirSync(blocks, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.data'))
      .map((name) => join(blocks, name))
  }

  sharding(): string {
    return readFileSync(join(this.repo, 'blocks', 'SHARDING'), 'utf8')
  }
}
