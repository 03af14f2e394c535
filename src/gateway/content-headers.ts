/** Headers that tell which content an answer is, and for how long it is good. */
import type { Cid } from '../core/cid.js'
import { parseIpnsName } from '../names/ipns-name.js'
import { asVersion1, encodedBelow, legacyText, uriOf, type ContentPath } from './content-path.js'
import type { Asked } from './gateway.js'
import { IMMUTABLE, type Headers } from './headers.js'
import { asciiPath } from './percent.js'

export function contentHeaders(asked: Asked, roots: readonly Cid[]): Headers {
  const { path } = asked
  const text = legacyText(path)
  return {
    ...uriHeader(path, asked.root),
    // A value that no header can have is left out: the URI has it encoded.
    'x-ipfs-path': /^[\x20-\x7e]*$/.test(text) ? text : undefined,
    'x-ipfs-roots': roots.join(','),
    'x-content-type-options': 'nosniff',
    'content-security-policy': asked.isSandboxed ? 'sandbox' : undefined,
    'content-location': locationOf(asked)
  }
}

/** Returns the canonical URI; none for a name without a dot, which means something else in every network. */
export function uriHeader(path: ContentPath, root: Cid | undefined): Headers {
  const name =
    path.namespace === 'ipfs'
      ? root === undefined ? undefined : String(asVersion1(root))
      : (parseIpnsName(path.root)?.text ?? (path.root.includes('.') ? path.root.toLowerCase() : undefined)) // prettier-ignore
  return name === undefined ? {} : { 'ipfs-uri': uriOf(path, name) }
}

/** Returns how long an answer is good. @param immutable says it of content that never changes. */
export const cacheControl = (
  { ttlMs }: Pick<Asked, 'ttlMs'>,
  immutable: string | undefined = IMMUTABLE
): string | undefined =>
  ttlMs === undefined ? immutable : `public, max-age=${Math.max(0, Math.floor(ttlMs / 1000))}`

/** Returns the URL that has the format in it, where `Accept` alone had it. */
function locationOf({ call, format: { format, isInUrl, parameters } }: Asked): string | undefined {
  if (isInUrl || format === 'plain' || format === 'html') return undefined
  const query = new URLSearchParams(call.query)
  query.set('format', format)
  if (format === 'car')
    for (const key of ['version', 'order', 'dups']) {
      const value = parameters.get(key)
      if (value !== undefined && !query.has(`car-${key}`)) query.set(`car-${key}`, value)
    }
  return `${asciiPath(call.path)}?${query}`
}

/** Returns the path of a folder with its slash, as it is below the host of the request. */
export function folderLocation({ call, site, path }: Asked): string {
  const below = encodedBelow({ ...path, isFolder: true })
  const start = site.kind === 'path' ? `/${path.namespace}/${path.root}` : ''
  const query = String(call.request.url).includes('?') ? `?${call.query}` : ''
  return start + below + query
}
