/**
 * DNSLink: TXT records that say where a domain leads.
 * Source: https://dnslink.dev/
 */
import { Resolver } from 'node:dns/promises'
import { KitError, systemCode } from '../core/errors.js'

/** How long an answer is believed: Node does not tell the time to live of a TXT record. */
export const DNSLINK_TTL_MS = 60_000
const TRY_MS = 2000
const TRIES = 2
const PREFIX = 'dnslink='
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i

export class DnsLink {
  readonly #resolver: Resolver

  /** @param server `system` for those this machine asks, or the address of one. */
  constructor(server: string) {
    this.#resolver = new Resolver({ timeout: TRY_MS, tries: TRIES })
    if (server !== 'system') this.#resolver.setServers([server])
  }

  /** Whether a name may be a domain's. */
  static isDomain(name: string): boolean {
    const labels = name.split('.')
    return name.length <= 253 && labels.length > 1 && labels.every((label) => LABEL.test(label))
  }

  /**
   * The path that a domain leads to; undefined where it has no DNSLink.
   * @throws BACKEND_UNAVAILABLE, TIMEOUT.
   */
  async resolve(domain: string): Promise<string | undefined> {
    for (const name of [`_dnslink.${domain}`, domain]) {
      const records = await this.#records(name)
      const paths = records
        .map((parts) => parts.join(''))
        .filter((text) => text.startsWith(PREFIX))
        .map((text) => text.slice(PREFIX.length))
      // Of several, the first by the order of their letters, as the specification has it.
      const [path] = paths.filter((path) => /^\/ip[fn]s\/./.test(path)).sort()
      if (path !== undefined) return path
    }
    return undefined
  }

  async #records(name: string): Promise<string[][]> {
    try {
      return await this.#resolver.resolveTxt(name)
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
}
