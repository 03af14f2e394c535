/** One SSH connection to a server, made when it is needed and made again after it was lost. */
import ssh2, { type Algorithms, type Client, type SFTPWrapper } from 'ssh2'
import { abortion } from '../../src/core/abort.js'
import { KitError } from '../../src/core/errors.js'
import type { Secrets } from '../secrets.js'
import { loginMethods } from './credentials.js'
import { connectionError } from './errors.js'
import { withDirectData } from './direct-data.js'
import { HostKeyCheck } from './host-key.js'
import type { SftpOptions } from './options.js'
import { Session } from './session.js'

/** A server that does not answer to three of these in a row is gone. */
const KEEP_ALIVE_MS = 5000
const MAX_UNANSWERED = 3
/** A server that has not let us in by then is left. Calls end sooner, by their deadlines. */
const LOGIN_MS = 20_000
/** Ciphers that processors have instructions for come first. */
const CIPHERS = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'] as const // prettier-ignore

export class Connection {
  readonly where: string
  readonly #name: string
  readonly #options: SftpOptions
  readonly #secrets: Secrets
  #client: Client | undefined
  #session: Promise<Session> | undefined
  #isClosed = false

  readonly #loginMs: number

  /**
   * @param name of the backend, for messages.
   * @param loginMs after which a server that does not come to SFTP is left.
   */
  constructor(name: string, options: SftpOptions, secrets: Secrets, loginMs = LOGIN_MS) {
    this.#loginMs = loginMs
    this.#name = name
    this.#options = options
    this.#secrets = secrets
    this.where = `${options.user}@${options.host}:${options.port}`
  }

  /** Gives the session that there is, or makes one: those who ask meanwhile share it. */
  async session(signal: AbortSignal): Promise<Session> {
    if (signal.aborted) throw signal.reason
    this.#session ??= this.#connect().catch((error: unknown) => {
      this.#session = undefined
      throw error
    })
    this.#session.catch(() => undefined)
    const { aborted, end } = abortion(signal)
    try {
      return await Promise.race([this.#session, aborted])
    } finally {
      end()
    }
  }

  close(): void {
    this.#isClosed = true
    this.#client?.destroy()
  }

  async #connect(): Promise<Session> {
    const check = new HostKeyCheck(this.#name, this.#options)
    for (;;) {
      const refused = check.refused
      try {
        return await this.#login(check)
      } catch (error) {
        // A pin may be that of another key of the server: each that it has is asked for, once.
        if (check.refused === refused || !check.mayHaveAnother()) throw check.refusal ?? error
      }
    }
  }

  async #login(check: HostKeyCheck): Promise<Session> {
    if (this.#isClosed) throw new KitError('CLOSED', `backend ${this.#name} is closed`)
    const { host, port, user: username } = this.#options
    const authHandler = loginMethods(this.#options, this.#secrets.text('secret'))
    const client = new ssh2.Client()
    this.#client = client
    const opened = openSftp(client, this.where)
    client.connect({
      host,
      port,
      username,
      authHandler,
      hostVerifier: (key: Buffer) => check.accepts(key),
      algorithms: { cipher: [...CIPHERS], serverHostKey: check.algorithms() } as Algorithms,
      readyTimeout: this.#loginMs,
      keepaliveInterval: KEEP_ALIVE_MS,
      keepaliveCountMax: MAX_UNANSWERED
    })
    try {
      // Requests are small, and each waits for its answer.
      client.setNoDelay(true)
      const sftp = await this.#inTime(opened)
      const session = new Session(sftp, this.where, () => besideOf(client, this.where))
      this.#watch(client, sftp, session)
      return session
    } catch (error) {
      client.destroy()
      throw error
    }
  }

  /** A server may let us in and never begin SFTP: whoever asks later would wait for it, too. */
  async #inTime(opened: Promise<SFTPWrapper>): Promise<SFTPWrapper> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new KitError('BACKEND_UNAVAILABLE', `${this.where} did not begin SFTP within ${this.#loginMs / 1000} s`) // prettier-ignore
      timer = setTimeout(() => reject(error), this.#loginMs)
    })
    opened.catch(() => undefined)
    return await Promise.race([opened, late]).finally(() => clearTimeout(timer))
  }

  /** Lets the next call make a new connection once this one is lost. */
  #watch(client: Client, sftp: SFTPWrapper, session: Session): void {
    const lose = (error: Error): void => {
      if (session.isLost) return
      session.lose(connectionError(error, this.where))
      this.#session = undefined
      client.destroy()
    }
    client.on('error', lose)
    client.on('close', () => lose(new Error('the connection was lost')))
    whenOver(sftp, lose)
  }
}

/** Makes a session of a channel of its own, which is lost with the connection. */
async function besideOf(client: Client, where: string): Promise<Session> {
  const sftp = await startSftp(client, where)
  const session = new Session(sftp, where, () => besideOf(client, where))
  whenOver(sftp, (error) => session.lose(connectionError(error, where)))
  return session
}

function whenOver(sftp: SFTPWrapper, tell: (error: Error) => void): void {
  const tellEnd = (): void => tell(new Error('the server ended SFTP'))
  sftp.on('error', tell)
  sftp.on('close', tellEnd)
  sftp.on('end', tellEnd)
}

function openSftp(client: Client, where: string): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { readonly level?: string }): void => {
      // Without its agent a login goes on with what else there is.
      if (error.level !== 'agent') reject(connectionError(error, where))
    }
    client.on('error', fail)
    client.on('close', () => fail(new Error('the server closed the connection')))
    client.on('ready', () => void startSftp(client, where).then(resolve, reject))
  })
}

const startSftp = (client: Client, where: string): Promise<SFTPWrapper> =>
  new Promise((resolve, reject) => {
    client.sftp((error, sftp) => {
      if (error === undefined) resolve(withDirectData(sftp))
      else reject(new KitError('BACKEND_UNAVAILABLE', `${where} offers no SFTP (${error.message})`)) // prettier-ignore
    })
  })
