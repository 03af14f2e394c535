/** A server that is a program of its own on loopback: started, stopped and ended by its process. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'

const READY_MS = 20_000

/** Why a program cannot be run; false where it can, for `skip`. */
export function lacks(program: string, ...args: string[]): string | false {
  const { error } = spawnSync(program, args, { stdio: 'ignore' })
  return error === undefined ? false : `there is no ${program} here`
}

export class ServerProgram {
  readonly port: number
  readonly #start: () => ChildProcess
  #process: ChildProcess | undefined
  #said = ''

  private constructor(port: number, start: () => ChildProcess) {
    this.port = port
    this.#start = start
  }

  /** Starts it, and waits until it listens on a port. It ends with the test. */
  static async start(
    t: Pick<Test, 'teardown'>,
    port: number,
    [program, ...args]: readonly [string, ...string[]],
    env: NodeJS.ProcessEnv = {}
  ): Promise<ServerProgram> {
    const server = new ServerProgram(port, () =>
      spawn(program, args, {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
        // A group of its own: its workers end with it.
        detached: true
      })
    )
    t.teardown(() => server.kill())
    await server.run()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async run(): Promise<void> {
    const child = this.#start()
    this.#process = child
    child.stderr?.on('data', (data: Buffer) => (this.#said += data.toString()))
    const late = Date.now() + READY_MS
    while (!(await listens(this.port))) {
      if (child.exitCode !== null || Date.now() > late) throw new Error(`no server: ${this.#said}`)
      await delay(25)
    }
  }

  /** Sends a signal to it and its workers. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process ?? {}
    if (pid !== undefined && this.#isRunning()) process.kill(-pid, signal)
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined || !this.#isRunning()) return
    const ended = once(child, 'exit')
    this.signal('SIGKILL')
    await ended
  }

  #isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null
  }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
