/**
 * DNSLink: TXT records that name the content path of a domain.
 * Source: https://dnslink.dev/
 */
import { Resolver } from 'node:dns/promises'
import { onAbort } from '../core/abort.js'
import { KitError, systemCode } from '../core/errors.js'
import { MAX_PATH } from './ipns-record.js'

const TRY_MS = 1500
const TRIES = 2
const PREFIX = 'dnslink='
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i

/** The resolver of DNSLinks. */
export class DnsLink {
  readonly #server: string

  /** @param server `system` for this machine's resolvers, or the address of one. */
  constructor(server: string) {
    this.#server = server
  }

  /** Returns whether a name has the form of a domain. */
  static isDomain(name: string): boolean {
    const labels = name.split('.')
    return name.length <= 253 && labels.length > 1 && labels.every((label) => LABEL.test(label))
  }

  /**
   * Returns the path of a domain's DNSLink; undefined if it has none.
   * @throws BACKEND_UNAVAILABLE, TIMEOUT, and the signal's reason.
   */
  async resolve(domain: string, signal: AbortSignal): Promise<string | undefined> {
    const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES })
    if (this.#server !== 'system') resolver.setServers([this.#server])
    const release = onAbort(signal, () => resolver.cancel())
    try {
      const [prefixed, plain] = await Promise.allSettled([
        linkIn(resolver, `_dnslink.${domain}`),
        linkIn(resolver, domain)
      ])
      // A record of the domain itself counts only if `_dnslink.` has none. If that lookup failed,
      // it might have one, so the failure is thrown.
      if (prefixed.status === 'rejected') throw prefixed.reason
      if (prefixed.value !== undefined) return prefixed.value
      if (plain.status === 'rejected') throw plain.reason
      return plain.value
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      release()
    }
  }
}

/** Returns the path in the TXT records of a name; undefined if none holds one. */
async function linkIn(resolver: Resolver, name: string): Promise<string | undefined> {
  const paths = (await recordsOf(resolver, name))
    .map((parts) => parts.join(''))
    .filter((text) => text.startsWith(PREFIX) && text.length <= MAX_PATH)
    .map((text) => text.slice(PREFIX.length))
  // Of several paths the specification takes the first in alphabetical order.
  const [path] = paths.filter((path) => /^\/ip[fn]s\/./.test(path)).sort()
  return path
}

/** Returns the TXT records of a name, none if it does not exist. @throws TIMEOUT and others. */
async function recordsOf(resolver: Resolver, name: string): Promise<string[][]> {
  try {
    return await resolver.resolveTxt(name)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOTFOUND' || code === 'ENODATA') return []
    throw new KitError(
      code === 'ETIMEOUT' ? 'TIMEOUT' : 'BACKEND_UNAVAILABLE',
      `the TXT record of ${name} cannot be had: ${(error as Error).message}`,
      { cause: error }
    )
  }
}
