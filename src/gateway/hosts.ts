/** What the host of a request means: the gateway itself, content on a subdomain, or a domain with a DNSLink. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Namespace } from './content-path.js'

/** Longest label of a name in DNS. */
export const MAX_LABEL = 63

export type Place =
  /** The gateway without subdomains: an address, or a name that is nobody's. */
  | { readonly kind: 'path' }
  /** A domain that has content on its subdomains. */
  | { readonly kind: 'gateway'; readonly authority: string }
  /** A subdomain of it. `label` may have dots where it is a domain. */
  | {
      readonly kind: 'content'
      readonly namespace: Namespace
      readonly label: string
      /** The domain above, with its port. */
      readonly authority: string
    }
  /** Another domain, which may have a DNSLink. */
  | { readonly kind: 'domain'; readonly name: string; readonly authority: string }

/** @param domains whose subdomains show content, in lower case. */
export function placeOf(authority: string, domains: readonly string[]): Place {
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(authority.toLowerCase()) ?? []
  if (name === '' || name.startsWith('[') || isIP(name) !== 0) return { kind: 'path' }
  for (const domain of domains) {
    if (name === domain) return { kind: 'gateway', authority: name + port }
    if (!name.endsWith(`.${domain}`)) continue
    const above = name.slice(0, -domain.length - 1)
    const [, label, namespace] = /^(.+)\.(ipfs|ipns)$/.exec(above) ?? []
    if (label !== undefined)
      return { kind: 'content', namespace: namespace as Namespace, label, authority: domain + port }
  }
  return { kind: 'domain', name, authority: name + port }
}

/** Returns the host that a client or the proxy before us means; nothing where none is named. */
export function authorityOf({ headers, url = '' }: IncomingMessage): string {
  const forwarded = headers['x-forwarded-host']
  if (typeof forwarded === 'string') return forwarded.split(',')[0]!.trim()
  const [, inUrl] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? []
  return inUrl ?? headers.host ?? ''
}

/** Returns the scheme by which a client came to the proxy before us. */
export const schemeOf = ({ headers }: IncomingMessage): 'http' | 'https' =>
  headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'

/** Returns a domain as one label: `en.wikipedia-on-ipfs.org` is `en-wikipedia--on--ipfs-org`. */
export const inlinedDomain = (domain: string): string =>
  domain.replaceAll('-', '--').replaceAll('.', '-')

/** Returns the domain that a label stands for. */
export const domainOfLabel = (label: string): string =>
  label.replace(/--?/g, (dashes) => (dashes === '--' ? '-' : '.'))
