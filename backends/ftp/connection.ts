/** A control connection that is logged in, and the questions that it can ask. One call has it at a time. */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Client, FTPError } from 'basic-ftp'
import { onAbort, unlessAborted } from '../../src/core/abort.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import { isRefused, isUnknownCommand, saysMissing } from './errors.js'
import { parseFacts, parseLines, parseMlsd, type Listed } from './listing.js'
import type { FtpOptions } from './options.js'
import { readListing } from './transfer.js'

/** The time for one answer, where no deadline of a call ends the wait before. */
const ANSWER_MS = 120_000

export class Connection {
  readonly client: Client
  /** The server's greeting. */
  readonly welcome: string
  readonly #root: string
  /** Whether the server tells facts, by MLST and MLSD (RFC 3659). */
  readonly #hasFacts: boolean

  private constructor(client: Client, welcome: string, root: string) {
    this.client = client
    this.welcome = welcome
    this.#root = root
    this.#hasFacts = client.availableListCommands.includes('MLSD')
  }

  /**
   * Nothing but the greeting and AUTH is said before the server has shown a certificate that is
   * trusted; without one, or without TLS, nobody logs in.
   */
  static async open(options: FtpOptions, signal: AbortSignal): Promise<Connection> {
    const client = new Client(ANSWER_MS)
    const release = onAbort(signal, () => client.close())
    try {
      return await unlessAborted(Connection.#logIn(client, options), signal)
    } catch (error) {
      client.close()
      throw error
    } finally {
      release()
    }
  }

  static async #logIn(client: Client, options: FtpOptions): Promise<Connection> {
    const { host, port, user, password, tls, path } = options
    const { message } = await client
      .access({
        host,
        port,
        user,
        password: password(),
        secure: tls === 'implicit' ? 'implicit' : tls === 'explicit',
        secureOptions: {
          ...(options.caFile === undefined ? {} : { ca: await readCa(options.caFile) }),
          ...(isIP(host) === 0 ? { servername: host } : {}),
          minVersion: 'TLSv1.2'
        }
      })
      .catch((error: unknown) => {
        throw loginError(error, client, tls)
      })
    if (path !== undefined)
      await client.cd(path).catch((error: unknown) => {
        if (!isRefused(error)) throw error
        const reason = `there is no folder ${path} that ${user} may enter; make it, or say another --path`
        throw new KitError('BACKEND_UNAVAILABLE', `${host}: ${reason} (${error.message})`)
      })
    const root = await client.pwd()
    return new Connection(client, message, root.replace(/\/+$/, ''))
  }

  /** The path of a name on the server; that of the empty name is the top. It never begins with a dash. */
  pathOf(name: string): string {
    return name === '' ? this.#root || '/' : `${this.#root}/${name}`
  }

  /** Makes the top the current folder. A server without it says nothing about what it holds. @throws BACKEND_UNAVAILABLE. */
  async mustBeThere(): Promise<void> {
    await this.client.cd(this.pathOf('')).catch((error: unknown) => {
      if (!isRefused(error)) throw error
      throw new KitError('BACKEND_UNAVAILABLE', `the folder ${this.pathOf('')} is gone or closed (${error.message})`) // prettier-ignore
    })
  }

  get isTls(): boolean {
    return this.client.ftp.socket instanceof TLSSocket
  }

  /** Looks at a file; undefined where there is none, for sure. */
  async look(name: string): Promise<Listed | undefined> {
    if (!this.#hasFacts) {
      const size = await this.size(name)
      return size === undefined ? undefined : { name, kind: 'file', size, modified: await this.modified(name) } // prettier-ignore
    }
    const answer = await this.#unlessMissing(name, 'file', () =>
      this.client.send(`MLST ${this.pathOf(name)}`)
    )
    const line = answer?.message.split('\n').find((text) => text.startsWith(' '))
    const found = line === undefined ? undefined : parseFacts(line.trimStart())
    return found?.kind === 'file' ? { ...found, name } : undefined
  }

  /** The size of a file in bytes; undefined where there is none, for sure. */
  async size(name: string): Promise<number | undefined> {
    try {
      return await this.#unlessMissing(name, 'file', () => this.client.size(this.pathOf(name)))
    } catch (error) {
      if (!isUnknownCommand(error)) throw error
      return (await this.#listed(name))?.size
    }
  }

  /** When a file was changed; undefined where the server does not tell. */
  async modified(name: string): Promise<string | undefined> {
    try {
      const { message } = await this.client.send(`MDTM ${this.pathOf(name)}`)
      return /\d{14}\S*/.exec(message)?.[0]
    } catch (error) {
      if (error instanceof FTPError) return undefined
      throw error
    }
  }

  /** Lists a folder; undefined where there is none, for sure. */
  async list(folder: string): Promise<Listed[] | undefined> {
    // Servers differ in how they take a path here, and an option before it; none does in these two.
    if ((await this.enter(folder)) === undefined) return undefined
    if (this.#hasFacts) return parseMlsd(await readListing(this.client, 'MLSD'))
    return parseLines(await readListing(this.client, 'LIST -a'))
  }

  /** Makes a folder the current one; undefined where there is none, for sure. */
  async enter(folder: string): Promise<true | undefined> {
    if (folder === '') await this.mustBeThere()
    else if (!(await this.#unlessMissing(folder, 'folder', () => this.client.cd(this.pathOf(folder))))) return undefined // prettier-ignore
    return true
  }

  /**
   * Asks about a name. Servers refuse what is missing and what is closed to us with one status, and
   * some with the same words: where the answer does not say which, it is looked for.
   */
  async #unlessMissing<T>(
    name: string,
    kind: 'file' | 'folder',
    ask: () => Promise<T>
  ): Promise<T | undefined> {
    try {
      return await ask()
    } catch (error) {
      if (!isRefused(error)) throw error
      const isMissing = saysMissing(error)
      if (isMissing === false) throw error
      // It may have come meanwhile: what is listed is asked about once more.
      if (isMissing === undefined && (await this.#listed(name))?.kind === kind) return await ask()
      await this.mustBeThere()
      return undefined
    }
  }

  async #listed(name: string): Promise<Listed | undefined> {
    const at = name.lastIndexOf('/')
    const entries = await this.list(name.slice(0, Math.max(0, at)))
    return entries?.find((entry) => entry.name === name.slice(at + 1))
  }
}

async function readCa(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: Error) => {
    throw new KitError('BACKEND_UNAVAILABLE', `--ca: ${cause.message}`, { cause })
  })
}

/** Says what to do where the trouble is TLS. */
function loginError(error: unknown, client: Client, tls: FtpOptions['tls']): unknown {
  if (isKitError(error) || tls === 'off') return error
  const { message } = error instanceof Error ? error : { message: String(error) }
  if (tls === 'explicit' && !client.ftp.hasTLS && error instanceof FTPError && error.code !== 421)
    return new Error(`it takes no TLS (${message}); no password was sent. --tls off would send the password in the clear`) // prettier-ignore
  const isCertificate = /certificate|self.signed|altname|issuer/i.test(message)
  return isCertificate
    ? new Error(`its certificate is not trusted (${message}); no password was sent. --ca names the authority it is from`) // prettier-ignore
    : error
}
