/**
 * Sessions of browsers. A command of the home's user gets a code, which is good once and for a minute; the browser
 * that brings it gets a cookie that no script reads and no other site sends. Only hashes of both are kept.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { utf8 } from '../core/bytes.js'
import { systemClock, type Clock } from '../core/clock.js'
import { sha256 } from '../core/hash.js'

export interface SessionRights {
  /** Whether it may look, and change nothing. */
  readonly isReadOnly: boolean
}

interface Kept extends SessionRights {
  /** On the monotonic clock, in milliseconds. */
  until: number
}

const CODE_MS = 60_000
/** A session whose page is not open ends after this time. */
const IDLE_MS = 12 * 3_600_000
/** Of codes and of sessions; the oldest goes. */
const MOST = 64

export class Sessions {
  readonly #clock: Pick<Clock, 'elapsed'>
  readonly #codes = new Map<string, Kept>()
  readonly #sessions = new Map<string, Kept>()

  constructor(clock: Pick<Clock, 'elapsed'> = systemClock) {
    this.#clock = clock
  }

  /** Returns a code that is good once, within 60 s. */
  newCode({ isReadOnly }: SessionRights): string {
    return this.#keep(this.#codes, isReadOnly, CODE_MS)
  }

  /** Begins a session. @returns the `Set-Cookie` header; undefined for a code that is not good, or not any more. */
  begin(code: string, request: IncomingMessage): string | undefined {
    const key = keyOf(code)
    const found = this.#current(this.#codes, key)
    this.#codes.delete(key)
    if (found === undefined) return undefined
    const id = this.#keep(this.#sessions, found.isReadOnly, IDLE_MS)
    return cookie(request, id, IDLE_MS / 1000)
  }

  /** Returns the rights of the session whose cookie a request brings; undefined without one. */
  rightsOf(request: IncomingMessage): SessionRights | undefined {
    const id = idOf(request)
    return id === undefined ? undefined : this.#current(this.#sessions, keyOf(id))
  }

  /** Lets a session last from now on. @returns the `Set-Cookie` header; undefined without a session. */
  renew(request: IncomingMessage): string | undefined {
    const id = idOf(request)
    const found = id === undefined ? undefined : this.#current(this.#sessions, keyOf(id))
    if (id === undefined || found === undefined) return undefined
    found.until = this.#clock.elapsed() + IDLE_MS
    return cookie(request, id, IDLE_MS / 1000)
  }

  /** Ends a session. @returns the `Set-Cookie` header that removes it. */
  end(request: IncomingMessage): string {
    const id = idOf(request)
    if (id !== undefined) this.#sessions.delete(keyOf(id))
    return cookie(request, '', 0)
  }

  #keep(kept: Map<string, Kept>, isReadOnly: boolean, ms: number): string {
    const secret = randomBytes(32).toString('base64url')
    const [oldest] = kept.keys()
    if (kept.size >= MOST && oldest !== undefined) kept.delete(oldest)
    kept.set(keyOf(secret), { isReadOnly, until: this.#clock.elapsed() + ms })
    return secret
  }

  #current(kept: Map<string, Kept>, key: string): Kept | undefined {
    const found = kept.get(key)
    if (found !== undefined && found.until > this.#clock.elapsed()) return found
    kept.delete(key)
    return undefined
  }
}

/** Secrets are looked up by their hashes, whose comparison tells nothing of them. */
const keyOf = (secret: string): string => Buffer.from(sha256(utf8(secret))).toString('base64url')

/** Cookies know no ports, so that the name tells engines of one machine apart. */
const nameFor = ({ socket }: IncomingMessage): string => `ipfs_kit_session_${socket.localPort ?? 0}`

function idOf(request: IncomingMessage): string | undefined {
  const name = nameFor(request)
  for (const one of (request.headers.cookie ?? '').split(';')) {
    const at = one.indexOf('=')
    if (at > 0 && one.slice(0, at).trim() === name) return one.slice(at + 1).trim()
  }
  return undefined
}

function cookie(request: IncomingMessage, id: string, seconds: number): string {
  const secure = 'encrypted' in request.socket ? '; Secure' : ''
  return `${nameFor(request)}=${id}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`
}
