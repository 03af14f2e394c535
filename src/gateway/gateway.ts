/** One request of the gateway as it is understood, and what answering it needs. */
import type { Cid } from '../core/cid.js'
import type { HttpCall } from '../http/http-call.js'
import type { ContentView } from '../operations/content-view.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import type { ContentPath } from './content-path.js'
import type { AskedFormat } from './formats.js'
import type { KnownAnswers } from './known-answers.js'
import type { GatewayNames } from './names-port.js'

export interface GatewayOptions {
  /** Whether what is not here is fetched. */
  readonly fetch: boolean
  readonly names: GatewayNames
  /** Domains whose subdomains show content, in lower case; `localhost` among them. */
  readonly domains: readonly string[]
  /**
   * Whether browsers and other nodes ask: content that is asked for by path at one of the domains is sent to a
   * subdomain, an origin of its own, and errors are text. Programs of this user stay where they ask, are told
   * errors as JSON, and get pages that may do nothing, as these share their origin with what is not content.
   */
  readonly isPublic: boolean
  /** Is told of each file that somebody begins to read. */
  readonly opened: (cid: Cid) => void
  /**
   * Reads the beginning of a file into memory. Returns the number of bytes.
   * @throws what reading throws; NotReady for what is not here.
   */
  readonly readHere: (cid: Cid, into: Uint8Array) => number
}

export interface Gateway extends GatewayOptions {
  readonly services: Services
  readonly known: KnownAnswers
}

/** By what kind of host a request came: links of pages depend on it, and `_redirects` counts on hosts of content alone. */
export interface Site {
  readonly kind: 'path' | 'subdomain' | 'domain'
  /** The host that shows content by path; for a domain its own. */
  readonly authority: string
}

/** A request whose root is known. */
export interface Asked {
  readonly call: HttpCall
  readonly view: ContentView
  readonly run: Run
  readonly site: Site
  readonly path: ContentPath
  readonly root: Cid
  /** For how many ms an answer is good; undefined for ever. */
  readonly ttlMs: number | undefined
  readonly format: AskedFormat
  readonly opened: (cid: Cid) => void
  /** Whether pages may do nothing: they share their origin with what is not content. */
  readonly isSandboxed: boolean
}
