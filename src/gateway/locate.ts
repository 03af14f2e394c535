/** Where a request's content is: by its path, or by the host that it names. */
import { LIBP2P_KEY, Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import type { HttpCall } from '../http/http-call.js'
import { parseIpnsName } from '../names/ipns-name.js'
import {
  asVersion1,
  parseContentPath,
  pathBelow,
  rootCid,
  type ContentPath,
  type Namespace
} from './content-path.js'
import type { Gateway, Site } from './gateway.js'
import {
  authorityOf,
  domainOfLabel,
  inlinedDomain,
  MAX_LABEL,
  placeOf,
  schemeOf,
  type Place
} from './hosts.js'
import { asciiPath } from './percent.js'

export interface Located {
  readonly site: Site
  readonly path: ContentPath
}

export interface Elsewhere {
  readonly status: 301 | 302
  readonly location: string
}

/** @throws INVALID_CID, INVALID_ARGUMENT, NAME_TOO_LONG, PATH_NOT_FOUND. */
export async function locate(gateway: Gateway, call: HttpCall): Promise<Located | Elsewhere> {
  const authority = authorityOf(call.request)
  const place = placeOf(authority, gateway.domains)
  if (place.kind === 'content') return onSubdomain(call, place)
  if (place.kind === 'domain' && (await hasWebsite(gateway, place.name, call.signal))) {
    const site: Site = { kind: 'domain', authority: place.authority }
    return { site, path: pathBelow('ipns', place.name, call.path) }
  }
  const namespace = namespaceOf(call.path)
  const uri = call.query.get('uri')
  if (/^\/ip[fn]s\/?$/.test(call.path) && uri !== null) return byUri(uri)
  if (namespace === undefined || call.path.length <= '/ipfs/'.length)
    throw new KitError(
      'PATH_NOT_FOUND',
      `there is nothing at ${call.path}; content is at /ipfs/CID and /ipns/NAME`
    )
  const path = parseContentPath(call.path)
  if (place.kind === 'gateway' && gateway.isPublic)
    return { status: 301, location: subdomainLocation(call, path, place.authority) }
  const key = namespace === 'ipns' ? keyOf(path.root) : undefined
  if (key !== undefined && key !== path.root)
    return { status: 302, location: `/ipns/${key}${restOf(call, path.root)}${queryOf(call)}` }
  return { site: { kind: 'path', authority }, path }
}

const namespaceOf = (path: string): Namespace | undefined =>
  path.startsWith('/ipfs/') ? 'ipfs' : path.startsWith('/ipns/') ? 'ipns' : undefined

/** Returns whether a domain has a DNSLink. A name without a dot may be anything in a network. */
async function hasWebsite({ names }: Gateway, name: string, signal: AbortSignal): Promise<boolean> {
  if (!name.includes('.')) return false
  try {
    return (await names.resolve(name, signal)) !== undefined
  } catch (error) {
    // A resolver that does not answer keeps nobody from content by path.
    if (isKitError(error) && error.code !== 'ABORTED') return false
    throw error
  }
}

function byUri(uri: string): Elsewhere {
  const [, namespace, rest] = /^(ipfs|ipns):\/\/([^/?#].*)$/s.exec(uri) ?? []
  if (namespace === undefined || rest === undefined)
    throw new KitError(
      'INVALID_ARGUMENT',
      `?uri=${uri} is no URI of content; write ipfs://CID or ipns://NAME`
    )
  return {
    status: 301,
    location: asciiPath(`/${namespace}/${Buffer.from(rest).toString('latin1')}`)
  }
}

function onSubdomain(
  call: HttpCall,
  place: Place & { readonly kind: 'content' }
): Located | Elsewhere {
  const { namespace, label, authority } = place
  const canonical = canonicalLabel(namespace, label)
  const root = canonical ?? (label.includes('.') ? label : domainOfLabel(label))
  if (canonical !== undefined && canonical !== label) {
    const host = `${dnsLabel(canonical)}.${namespace}.${authority}`
    return {
      status: 301,
      location: `${schemeOf(call.request)}://${host}${asciiPath(call.path)}${queryOf(call)}`
    }
  }
  const site: Site = { kind: 'subdomain', authority }
  return { site, path: pathBelow(namespace, root, call.path) }
}

/** Returns a label as hosts have it; undefined for a domain. @throws INVALID_CID. */
function canonicalLabel(namespace: Namespace, label: string): string | undefined {
  if (namespace === 'ipns') return keyOf(label)
  dnsLabel(label)
  return String(asVersion1(Cid.parse(label)))
}

/** Returns a key in base36, whatever the codec of its CID says; undefined for what is no key. */
function keyOf(text: string): string | undefined {
  const name = parseIpnsName(text)
  if (name !== undefined) return name.text
  if (text.includes('.')) return undefined
  try {
    const { hashCode, digest } = Cid.parse(text)
    return parseIpnsName(String(Cid.v1(LIBP2P_KEY, hashCode, digest)))?.text
  } catch (error) {
    if (isKitError(error, 'INVALID_CID')) return undefined
    throw error
  }
}

/** @throws INVALID_ARGUMENT for what fits no name in DNS. */
function dnsLabel(label: string): string {
  // Of anything else a browser would make another host.
  if (!/^[a-z0-9_-]+$/i.test(label))
    throw new KitError('INVALID_ARGUMENT', 'this name fits no host of its own')
  if (label.length <= MAX_LABEL) return label
  throw new KitError('INVALID_ARGUMENT', `CID incompatible with DNS label length limit of ${MAX_LABEL}: ${label} has ${label.length} characters; ask for it by path at the address of the gateway`) // prettier-ignore
}

/** Content by path belongs on a host of its own, where it cannot touch other content. */
function subdomainLocation(call: HttpCall, path: ContentPath, authority: string): string {
  const { namespace, root } = path
  const label =
    namespace === 'ipfs' ? String(asVersion1(rootCid(path))) : (keyOf(root) ?? inlinedDomain(root.toLowerCase())) // prettier-ignore
  const rest = restOf(call, root)
  return `${schemeOf(call.request)}://${dnsLabel(label)}.${namespace}.${authority}${rest === '' ? '/' : rest}${queryOf(call)}` // prettier-ignore
}

/** Returns what follows the root in a path, as it was sent. */
function restOf({ path }: HttpCall, root: string): string {
  const below = path.slice('/ipfs/'.length)
  const parts = root.split('/').length
  const rest = below.split('/').slice(parts)
  return rest.length === 0 ? '' : asciiPath(`/${rest.join('/')}`)
}

const queryOf = ({ request: { url = '' } }: HttpCall): string => {
  const at = url.indexOf('?')
  return at < 0 ? '' : asciiPath(url.slice(at))
}
