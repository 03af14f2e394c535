/**
 * Reads the URLs by which content is named elsewhere: of browsers, and of gateways by path or by
 * subdomain. No host is asked: the URL only names the content.
 * Sources: https://docs.ipfs.tech/how-to/address-ipfs-on-web/,
 * https://specs.ipfs.tech/http-gateways/subdomain-gateway/
 */
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { isCid, splitPath, type SplitPath } from '../content/cid-path.js'

/** What a URL names: a root, which is a CID or a name, and names below it. */
export interface NamedContent extends SplitPath {
  readonly namespace: 'ipfs' | 'ipns'
}

/** With a second namespace that is of no use, as the metadata of tokens often has it. */
const NATIVE = /^(?:web\+)?(ipfs|ipns):\/*(?:(ip[fn]s)\/)?([^?#]+)/i
const DWEB = /^dweb:\/{0,2}(?=\/ip[fn]s\/)([^?#]+)/i
const HTTP = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)([^?#]*)/i
/** A subdomain, its namespace, and at least one label behind them. */
const SUBDOMAIN = /^(.+?)\.(ipfs|ipns)\.[^.]/i
/** A path with a namespace in it: gateways may be below a folder. */
const IN_PATH = /^.*?\/(ipfs|ipns)\/(.+)$/s

/**
 * Reads a URL with a scheme; query and fragment do not belong to the path.
 * @returns undefined for any other text.
 * @throws INVALID_CID for a URL that names no content.
 */
export function addressInUrl(text: string): NamedContent | undefined {
  const native = NATIVE.exec(text)
  if (native !== null) return addressOf(native[2] ?? native[1]!, native[3]!)
  const dweb = DWEB.exec(text)
  if (dweb !== null) return inPath(dweb[1]!)
  const http = HTTP.exec(text)
  if (http === null) return undefined
  const found = onHost(http[1]!, http[2]!)
  if (found !== undefined) return found
  throw new KitError(
    'INVALID_CID',
    `${text} names no content by its CID; a URL such as https://HOST/ipfs/CID/path or https://CID.ipfs.HOST/path does`
  )
}

/** Reads what is pasted without its scheme, such as `ipfs.io/ipfs/CID` or `localhost:8080/ipfs/CID`. */
export function addressOnHost(text: string): NamedContent | undefined {
  if (!/^[\w-]+(\.[\w-]+)+(:\d+)?\/|^[\w-]+:\d+\/|^[\w-]+\.ip[fn]s\.[\w.:-]+$/i.test(text))
    return undefined
  return addressInUrl(`https://${text}`)
}

function onHost(host: string, path: string): NamedContent | undefined {
  const [, label = '', namespace = ''] = SUBDOMAIN.exec(host.replace(/:\d+$/, '')) ?? []
  const root = rootOf(namespace.toLowerCase(), label)
  return root === undefined ? inPath(path) : addressOf(namespace, `${root}${path}`)
}

/** Returns the root that a subdomain names; undefined for one that only looks like it. */
function rootOf(namespace: string, label: string): string | undefined {
  if (namespace === '' || isCid(label)) return namespace === '' ? undefined : label
  if (namespace === 'ipfs') return undefined
  if (label.includes('.')) return label
  // A domain in one label has dashes for dots, and two dashes for one.
  return label.includes('-')
    ? label.replace(/--|-/g, (dash) => (dash === '-' ? '.' : '-'))
    : undefined
}

function inPath(path: string): NamedContent | undefined {
  const [, namespace, rest] = IN_PATH.exec(path) ?? []
  return namespace === undefined ? undefined : addressOf(namespace, rest!)
}

/** @param path percent-encoded. */
const addressOf = (namespace: string, path: string): NamedContent => ({
  namespace: namespace.toLowerCase() === 'ipns' ? 'ipns' : 'ipfs',
  ...splitPath(decoded(path))
})

/** Decodes the percent-encoding of a URL to bytes, which need not be UTF-8. @throws INVALID_CID. */
function decoded(path: string): Uint8Array {
  if (/%(?![0-9a-f]{2})/i.test(path))
    throw new KitError('INVALID_CID', `${path} is not percent-encoded as a URL is`)
  const escaped = /((?:%[0-9a-f]{2})+)/i
  const parts = path.split(escaped)
  return Buffer.concat(
    parts.map((part) =>
      escaped.test(part) ? Buffer.from(part.replaceAll('%', ''), 'hex') : utf8(part)
    )
  )
}
