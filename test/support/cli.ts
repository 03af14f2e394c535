/** Running the program as its users do. */
import { spawn, type ChildProcess } from 'node:child_process'
import { MAIN } from './paths.js'

export interface Run {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Buffer
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Run as this user. */
  readonly asUser?: { readonly uid: number; readonly gid: number }
  readonly nodeFlags?: readonly string[]
  readonly onStart?: (child: ChildProcess) => void
}

export function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {}
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      ...options.asUser
    })
    options.onStart?.(child)
    const out: Buffer[] = []
    let stderr = ''
    child.stdout.on('data', (data: Buffer) => out.push(data))
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({ code, signal, stdout: Buffer.concat(out), stderr })
    )
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
  })
}

/** The command line over one home. */
export class Kit {
  readonly home: string
  readonly options: RunOptions

  constructor(home: string, options: RunOptions = {}) {
    this.home = home
    this.options = options
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    const merged = { ...this.options, ...options }
    const env = { ...this.options.env, ...options.env, IPFS_KIT_HOME: this.home }
    const flags = merged.nodeFlags ?? []
    return runProgram(process.execPath, [...flags, MAIN, ...args], { ...merged, env })
  }

  /** Stdout of a command that must succeed. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args)
    if (code !== 0) throw new Error(`ipfs-kit ${args.join(' ')}: exit ${code}: ${stderr}`)
    return stdout.toString().trimEnd()
  }

  async bytes(...args: string[]): Promise<Buffer> {
    const { code, stdout, stderr } = await this.run(args)
    if (code !== 0) throw new Error(`ipfs-kit ${args.join(' ')}: exit ${code}: ${stderr}`)
    return stdout
  }

  /** The JSON answer of a command, whatever its exit code. */
  async json<T = Record<string, unknown>>(
    ...args: string[]
  ): Promise<T & { readonly code?: string }> {
    const { stdout } = await this.run([...args, '--json'])
    return JSON.parse(stdout.toString()) as T & { readonly code?: string }
  }

  /** CID of the last root of an add. */
  add(...args: string[]): Promise<string> {
    return this.ok('add', '-Q', ...args)
  }
}
