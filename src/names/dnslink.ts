/**
 * DNSLink: TXT records that say where a domain leads.
 * Source: https://dnslink.dev/
 */
import { Resolver } from 'node:dns/promises'
import { KitError, systemCode } from '../core/errors.js'
import { MAX_PATH } from './ipns-record.js'

/** How long an answer is believed: Node does not tell the time to live of a TXT record. */
export const DNSLINK_TTL_MS = 60_000
const TRY_MS = 1500
const TRIES = 2
const PREFIX = 'dnslink='
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i

export class DnsLink {
  readonly #server: string

  /** @param server `system` for those this machine asks, or the address of one. */
  constructor(server: string) {
    this.#server = server
  }

  /** Whether a name may be a domain's. */
  static isDomain(name: string): boolean {
    const labels = name.split('.')
    return name.length <= 253 && labels.length > 1 && labels.every((label) => LABEL.test(label))
  }

  /**
   * The path that a domain leads to; undefined where it has no DNSLink.
   * @throws BACKEND_UNAVAILABLE, TIMEOUT, and the signal's reason.
   */
  async resolve(domain: string, signal: AbortSignal): Promise<string | undefined> {
    const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES })
    if (this.#server !== 'system') resolver.setServers([this.#server])
    const cancel = (): void => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const [proper, plain] = await Promise.allSettled([
        linkIn(resolver, `_dnslink.${domain}`),
        linkIn(resolver, domain)
      ])
      // The domain itself only counts where the name that is meant for it has nothing to say.
      if (proper.status === 'rejected') throw proper.reason
      if (proper.value !== undefined) return proper.value
      if (plain.status === 'rejected') throw plain.reason
      return plain.value
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

async function linkIn(resolver: Resolver, name: string): Promise<string | undefined> {
  const paths = (await recordsOf(resolver, name))
    .map((parts) => parts.join(''))
    .filter((text) => text.startsWith(PREFIX) && text.length <= MAX_PATH)
    .map((text) => text.slice(PREFIX.length))
  // Of several, the first by the order of their letters, as the specification has it.
  const [path] = paths.filter((path) => /^\/ip[fn]s\/./.test(path)).sort()
  return path
}

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
