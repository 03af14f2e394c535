/**
 * Who may call over TCP. A web page may ask any port of its user's machine, and foreign DNS may point
 * a name of its own there (DNS rebinding): so a request must name this server as its host, and none
 * but its own pages may ask. Whatever can change something, or shows more than content, needs the token.
 */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { sha256 } from '../core/hash.js'
import { isLoopback } from '../core/loopback.js'
import type { Sessions } from './sessions.js'

/**
 * What a route asks of a client over TCP. `token`: the token. `session`: the token, or the session of a browser;
 * never for a route that shows content of others as pages, which would act with the session. `open`: nothing, as for
 * a page that is the same for everybody.
 */
export type Access = 'token' | 'session' | 'open'

/** Returns why a request is not answered; undefined for one that is. @param access what its route asks. */
export type Admit = (request: IncomingMessage, access?: Access) => KitError | undefined

const refusal = (code: 'ACCESS_DENIED' | 'CREDENTIALS', message: string): KitError => new KitError(code, message) // prettier-ignore

const FOREIGN_HOST = refusal('ACCESS_DENIED', 'this server answers to 127.0.0.1 and localhost with its port, and to the address it listens at; the Host of the request is another one') // prettier-ignore
const FOREIGN_PAGE = refusal('ACCESS_DENIED', 'web pages of other servers are not answered')
const NO_TOKEN = refusal('CREDENTIALS', 'a token is needed, as in `Authorization: Bearer TOKEN`; that of this engine is in run/token of its home, and never goes into a URL. Browsers are signed in by `ipfs-kit dashboard`') // prettier-ignore
const LOOKS_ONLY = refusal('ACCESS_DENIED', 'this browser was signed in to look alone; `ipfs-kit dashboard` without --read-only signs it in to change things, too') // prettier-ignore

/** Admits who brings the token, and names this server. @param token is read each time. */
export const admitWithToken =
  (isOwnHost: HostRule, token: () => string | undefined, sessions?: Sessions): Admit =>
  (request, access = 'token') => {
    if (!isOwnHost(request)) return FOREIGN_HOST
    if (access === 'open' && isVisit(request)) return undefined
    if (isForeignPage(request)) return FOREIGN_PAGE
    if (access === 'open' || hasToken(request, token)) return undefined
    const rights = access === 'session' ? sessions?.rightsOf(request) : undefined
    if (rights === undefined) return NO_TOKEN
    return rights.isReadOnly && !isReading(request) ? LOOKS_ONLY : undefined
  }

/** A link on a page of another server may lead to a page of this one, but no frame there shows it. */
const isVisit = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  headers['sec-fetch-mode'] === 'navigate' &&
  headers['sec-fetch-dest'] === 'document'

/** What changes nothing, though it is sent otherwise: SQL, whose sandbox reads alone, and the end of the session itself. */
const HARMLESS = new Set(['POST /api/v1/query', 'DELETE /dashboard/session'])

const isReading = ({ method, url }: IncomingMessage): boolean =>
  method === 'GET' || method === 'HEAD' || HARMLESS.has(`${method ?? ''} ${url ?? ''}`)

/** Admits who names this server, for reading what anybody may read who knows its name. */
export const admitReaders =
  (isOwnHost: HostRule): Admit =>
  (request) =>
    isOwnHost(request) ? undefined : FOREIGN_HOST

/** Admits programs of this machine, whatever port they think to ask, and no web pages. */
export const admitPrograms: Admit = (request) => {
  const { hostname } = hostOf(request)
  const isLocal = hostname === 'localhost' || isLoopback(hostname)
  return isLocal && request.headers.origin === undefined ? undefined : PROGRAMS_ALONE
}

const PROGRAMS_ALONE = refusal('ACCESS_DENIED', 'only programs that ask 127.0.0.1 or localhost are answered, not web pages') // prettier-ignore

/** Returns whether the host that a request names is this server. */
export type HostRule = (request: IncomingMessage) => boolean

/**
 * @param address where the server listens.
 * @param others names beside the address and those of this machine to itself.
 */
export function ownHost(
  address: { readonly host: string; readonly port: number },
  others: (hostname: string) => boolean = () => false
): HostRule {
  const isNamed = (hostname: string): boolean =>
    hostname === 'localhost' ||
    isLoopback(hostname) ||
    hostname === address.host ||
    others(hostname)
  return (request) => {
    // Node answers with the first of several; who is in between might have meant another one.
    if (request.headersDistinct['host']?.length !== 1) return false
    const { hostname, port } = hostOf(request)
    return port === (address.port === 0 ? request.socket.localPort : address.port) && isNamed(hostname) // prettier-ignore
  }
}

/**
 * Returns a rule for domains that are served whatever port their users name, as behind a proxy.
 * @param domains with all their subdomains; `*` for every host.
 */
export const servedHost =
  (domains: readonly string[]): HostRule =>
  (request) => {
    if (request.headersDistinct['host']?.length !== 1) return false
    const { hostname } = hostOf(request)
    return domains.some((one) => one === '*' || hostname === one || hostname.endsWith(`.${one}`))
  }

/** Returns whether a request names this server by its address, or as this machine, and by no domain. */
export function isAddressed(request: IncomingMessage): boolean {
  const { hostname } = hostOf(request)
  return hostname === 'localhost' || isIP(hostname) !== 0
}

/** Returns name and port of the host that a request names; the port of the scheme where it has none. */
function hostOf({ headers, socket }: IncomingMessage): { hostname: string; port: number } {
  const [, inBrackets, plain = '', digits] =
    /^(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(headers.host ?? '') ?? []
  const standard = 'encrypted' in socket ? 443 : 80
  const hostname = (inBrackets ?? plain).toLowerCase()
  return { hostname, port: digits === undefined ? standard : Number(digits) }
}

/** Reading by a page of another server, or by a frame in one, is refused like writing. */
function isForeignPage({ headers, socket }: IncomingMessage): boolean {
  const { origin, host } = headers
  const scheme = 'encrypted' in socket ? 'https' : 'http'
  if (origin !== undefined && origin !== `${scheme}://${host ?? ''}`) return true
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

function hasToken({ headers }: IncomingMessage, token: () => string | undefined): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  const wanted = given === undefined ? undefined : token()
  if (given === undefined || wanted === undefined) return false
  // Hashes have one length, as a comparison in constant time needs.
  return timingSafeEqual(sha256(utf8(given)), sha256(utf8(wanted)))
}
