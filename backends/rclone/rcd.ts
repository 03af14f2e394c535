/**
 * `rclone rcd`, started when it is needed first. All backends of this process that use the same
 * program and configuration share one; it ends with the last of them, and with this process,
 * whatever ends that.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { KitError, systemCode } from '../../src/core/errors.js'
import { HttpClient } from '../http.js'
import { configWords, noProgram, type RcloneOptions } from './options.js'

/** How long it may take to start, and to end by itself. */
const START_MS = 20_000
const END_MS = 2000
/** Time between two looks whether it listens. */
const LOOK_MS = 25
/** Characters of what it said last. */
const MAX_SAID = 500
/** The first minor version that listens on unix sockets. */
const FIRST_WITH_SOCKETS = 61

/**
 * Becomes rclone. Beside it a shell waits until this process says that all is well, or dies: then it
 * kills rclone and removes its folder.
 */
const WRAPPER = `(read -r line <&3 || { kill -9 $$; rm -rf "$0"; }) >/dev/null 2>&1 & exec "$@" 3<&-`

type Program = Pick<RcloneOptions, 'program' | 'config'>

interface Running {
  readonly child: ChildProcess
  readonly http: HttpClient
  readonly folder: string
}

const shared = new Map<string, Rcd>()

export class Rcd {
  readonly #program: Program
  readonly #key: string
  #users = 0
  #running: Promise<Running> | undefined

  private constructor(program: Program, key: string) {
    this.#program = program
    this.#key = key
  }

  /** Gives the one of a program and configuration; each user must call `release` in the end. */
  static acquire(program: Program): Rcd {
    const key = JSON.stringify([program.program, program.config])
    const rcd = shared.get(key) ?? new Rcd(program, key)
    shared.set(key, rcd)
    rcd.#users++
    return rcd
  }

  /** Its API, of which it is started where it does not run. @throws BACKEND_UNAVAILABLE. */
  async http(): Promise<HttpClient> {
    const running = (this.#running ??= this.#start())
    const forget = (): void => {
      if (this.#running === running) this.#running = undefined
    }
    const { http, child } = await running.catch((error: unknown) => {
      forget()
      throw error
    })
    if (child.exitCode === null && child.signalCode === null) return http
    forget()
    return await this.http()
  }

  async release(): Promise<void> {
    if (--this.#users > 0) return
    shared.delete(this.#key)
    const running = await this.#running?.catch(() => undefined)
    if (running === undefined) return
    running.http.close()
    await end(running)
  }

  async #start(): Promise<Running> {
    const hasSockets = (await this.#minorVersion()) >= FIRST_WITH_SOCKETS
    const folder = mkdtempSync(join(tmpdir(), 'ipfs-kit-rclone-'))
    chmodSync(folder, 0o700)
    const socketPath = join(folder, 'rc')
    const password = randomBytes(24).toString('base64url')
    const where = hasSockets
      ? ['--rc-addr', `unix://${socketPath}`, '--rc-no-auth']
      : ['--rc-addr', '127.0.0.1:0']
    const access = { RCLONE_RC_USER: 'ipfs-kit', RCLONE_RC_PASS: password }
    const child = this.#spawn(folder, where, hasSockets ? {} : access)
    try {
      const address = await listening(child, hasSockets ? socketPath : undefined)
      const origin = hasSockets ? { socketPath, prefix: '' } : { url: new URL(address) }
      const basic = Buffer.from(`ipfs-kit:${password}`).toString('base64')
      const http = new HttpClient(origin, hasSockets ? {} : { authorization: `Basic ${basic}` })
      return { child, http, folder }
    } catch (error) {
      await end({ child, folder })
      throw error
    }
  }

  #spawn(folder: string, where: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    // What is replaced must be so even by a file of the same size and time.
    const words = ['rcd', '--rc-serve', '--rc-server-read-timeout', '24h', '--rc-server-write-timeout', '24h', '--ignore-times', ...where, ...configWords(this.#program)] // prettier-ignore
    const child = spawn('sh', ['-c', WRAPPER, folder, this.#program.program, ...words], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      // Ctrl-C in a terminal is for this process, which ends it.
      detached: true
    })
    child.on('error', () => undefined)
    const watcher = child.stdio[3] as Writable
    // It may have been killed with rclone.
    watcher.on('error', () => undefined)
    child.once('exit', () => {
      watcher.end('\n')
      rmSync(folder, { recursive: true, force: true })
    })
    return child
  }

  /** @throws BACKEND_UNAVAILABLE where there is no such program. */
  async #minorVersion(): Promise<number> {
    const { program } = this.#program
    const child = spawn(program, ['version'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let said = ''
    child.stdout.on('data', (data: Buffer) => (said += data.toString()))
    try {
      await once(child, 'close')
    } catch (error) {
      const reason = systemCode(error) === 'ENOENT' ? noProgram(program) : (error as Error).message
      throw new KitError('BACKEND_UNAVAILABLE', reason, { cause: error })
    }
    const [, major, minor] = /^rclone v(\d+)\.(\d+)/.exec(said) ?? []
    if (minor === undefined) throw new KitError('BACKEND_UNAVAILABLE', `${program} is no rclone: \`${program} version\` says nothing of one`) // prettier-ignore
    return major === '1' ? Number(minor) : FIRST_WITH_SOCKETS
  }
}

/**
 * Waits until it listens: on a socket, of which it says nothing, or at an address that it says.
 * @returns the address; empty for a socket.
 */
async function listening(child: ChildProcess, socketPath?: string): Promise<string> {
  const log = child.stderr as Readable
  let said = ''
  let timers: NodeJS.Timeout[] = []
  const address = await new Promise<string>((resolve, reject) => {
    const fail = (): void =>
      reject(new KitError('BACKEND_UNAVAILABLE', `rclone does not start: ${said.trim().slice(-MAX_SAID)}`)) // prettier-ignore
    const look = (): void => {
      if (socketPath !== undefined) tryConnection(socketPath, () => resolve('')) // prettier-ignore
    }
    timers = [setTimeout(fail, START_MS), setInterval(look, LOOK_MS)]
    child.once('exit', fail)
    child.once('error', fail)
    log.on('data', (data: Buffer) => {
      said = (said + data.toString()).slice(-2 * MAX_SAID)
      const found = /Serving remote control on (http\S+)/.exec(said)
      if (found !== null) resolve(found[1]!)
    })
  }).finally(() => timers.forEach((timer) => clearTimeout(timer)))
  // It lives as long as this process has other work, and no longer.
  for (const stream of [log, child.stdio[3]]) (stream as unknown as { unref(): void }).unref()
  child.unref()
  return address
}

function tryConnection(socketPath: string, connected: () => void): void {
  const socket = connect(socketPath, () => {
    socket.destroy()
    connected()
  })
  socket.on('error', () => undefined)
}

/** Ends it: it may clean up for a moment, and is killed then. */
async function end({ child, folder }: Pick<Running, 'child' | 'folder'>): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
    child.ref()
    child.kill('SIGTERM')
    child.kill('SIGCONT')
    await exited
    clearTimeout(timer)
  }
  rmSync(folder, { recursive: true, force: true })
}
