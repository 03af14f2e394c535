/** Runs the user's own git program on a private repository, apart from the user's hooks and prompts. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { onAbort } from '../../src/core/abort.js'
import { KitError, systemCode } from '../../src/core/errors.js'
import { extendTime } from '../call-time.js'
import { gitError } from './errors.js'

/** Bytes of stdout and of stderr that are kept. */
const MAX_OUTPUT = 64 << 20
const MAX_SAID = 16 * 1024
/** Settings of git's environment that say how a host is reached; all others are left out. */
const KEPT =
  /^GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|PROXY_\w+|CONFIG_GLOBAL|CONFIG_NOSYSTEM|EXEC_PATH)$/

/** A remote repository, and what is needed to be let in. */
export interface GitRemote {
  readonly url: string
  /** Gives the token for HTTP; without one git uses what the user has set up. */
  readonly token: () => string | undefined
}

export interface GitCall {
  /** Is told whenever git says how far it is, which it does while bytes move. */
  readonly onProgress?: () => void
  readonly input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  readonly env?: Readonly<Record<string, string>>
  /** Exit codes that are answers and no failures; 0 is one always. */
  readonly answers?: readonly number[]
  readonly signal: AbortSignal
}

export interface GitAnswer {
  readonly code: number
  readonly stdout: Buffer
  /** The end of stderr, without progress. */
  readonly said: string
}

export class Git {
  readonly #folder: string
  readonly #remote: GitRemote

  /** @param folder of the private repository. */
  constructor(folder: string, remote: GitRemote) {
    this.#folder = folder
    this.#remote = remote
  }

  /** @throws as `gitError` says, or the signal's reason. */
  async run(args: readonly string[], call: GitCall): Promise<GitAnswer> {
    const parts: Buffer[] = []
    let length = 0
    const { code, said } = await this.#end(args, call, (child) => {
      child.stdout!.on('data', (part: Buffer) => {
        length += part.length
        if (length <= MAX_OUTPUT) parts.push(part)
      })
    })
    if (length > MAX_OUTPUT)
      throw new KitError('TOO_LARGE', `git ${args[0]} answers with more than ${MAX_OUTPUT} bytes`)
    return { code, said, stdout: Buffer.concat(parts) }
  }

  /** The one line that git answers with. @throws as `run`. */
  async line(args: readonly string[], call: GitCall): Promise<string> {
    return (await this.run(args, call)).stdout.toString('utf8').trim()
  }

  /** Runs git with its output in a file that is open. @throws as `run`. */
  async toFile(args: readonly string[], fd: number, call: GitCall): Promise<void> {
    await this.#end(args, call, () => undefined, fd)
  }

  /** The error of a command that failed. @param said what git said of it. */
  failure(command: string, said: string): KitError {
    return gitError(said, command, this.#remote.url)
  }

  async #end(
    args: readonly string[],
    call: GitCall,
    take: (child: ChildProcess) => void,
    stdout: number | 'pipe' = 'pipe'
  ): Promise<Omit<GitAnswer, 'stdout'>> {
    const { signal, answers = [] } = call
    if (signal.aborted) throw signal.reason
    // A group of its own: git's helpers end with it, and none of them can ask at the terminal.
    const child = spawn('git', args, {
      detached: true,
      env: { ...gitEnvironment(this.#folder, this.#remote), ...call.env },
      cwd: this.#folder,
      stdio: ['pipe', stdout, 'pipe']
    })
    const release = onAbort(signal, () => killGroup(child))
    try {
      take(child)
      const said = keepSaid(child, () => {
        extendTime(signal)
        call.onProgress?.()
      })
      const closed = once(child, 'close') as Promise<[number | null]>
      // It is awaited after the input, which may fail before.
      closed.catch(() => undefined)
      await feed(child, call.input)
      const [code] = await closed
      if (signal.aborted) throw signal.reason
      if (code === 0 || (code !== null && answers.includes(code))) return { code, said: said() }
      throw this.failure(args.find((word) => /^[a-z]+(-[a-z]+)*$/.test(word)) ?? '', said())
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw systemCode(error) === 'ENOENT' ? noGit() : error
    } finally {
      release()
      if (child.exitCode === null) killGroup(child)
    }
  }
}

const noGit = (): KitError =>
  new KitError('UNSUPPORTED', 'the program git is not there; install it (Debian: apt install git)')

/** Gives the input, and ends git where that fails. Git may close its end before. */
async function feed(child: ChildProcess, input: GitCall['input']): Promise<void> {
  const stdin = child.stdin!
  stdin.on('error', () => undefined)
  const closed = once(stdin, 'close')
  closed.catch(() => undefined)
  for await (const piece of input ?? []) {
    if (stdin.destroyed) break
    if (!stdin.write(piece)) await Promise.race([once(stdin, 'drain'), closed])
  }
  stdin.end()
}

/** Keeps the end of what git says on stderr, without its lines of progress. */
function keepSaid(child: ChildProcess, progress: () => void): () => string {
  let text = ''
  child.stderr!.on('data', (part: Buffer) => {
    text = (text + part.toString('utf8')).slice(-MAX_SAID)
    if (part.includes('%')) progress()
  })
  return () =>
    text
      .split(/[\r\n]+/)
      .filter((line) => line.trim() !== '' && !/\d+% \(/.test(line))
      .join('\n')
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** The environment of git. Secrets are in it alone: arguments can be read by everybody. */
function gitEnvironment(folder: string, remote: GitRemote): Record<string, string> {
  const token = remote.token()
  const kept = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && (!name.startsWith('GIT_') || KEPT.test(name))
  ) as [string, string][]
  const settings = [...SETTINGS, ...(token === undefined ? [] : tokenSettings(remote.url, token))]
  return {
    ...Object.fromEntries(kept),
    ...IDENTITY,
    LC_ALL: 'C',
    GIT_DIR: folder,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value]
      ])
    )
  }
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'ipfs-kit',
  GIT_AUTHOR_EMAIL: 'ipfs-kit@localhost',
  GIT_COMMITTER_NAME: 'ipfs-kit',
  GIT_COMMITTER_EMAIL: 'ipfs-kit@localhost'
}

const SETTINGS: readonly (readonly [key: string, value: string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['protocol.version', '2'],
  // Archives are seldom alike, and often compressed: neither deltas nor much compression pay.
  ['core.compression', '1'],
  ['core.bigFileThreshold', '1m'],
  ['pack.window', '0'],
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['fetch.recurseSubmodules', 'false']
]

/** Settings that give a token to one host alone: a redirect would take it elsewhere. */
function tokenSettings(url: string, token: string): [string, string][] {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  return [
    [`http.${new URL(url).origin}/.extraHeader`, `Authorization: Basic ${basic}`],
    ['http.followRedirects', 'false'],
    ['credential.helper', '']
  ]
}
