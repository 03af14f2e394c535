/**
 * Reads every form in which content is named: a CID with a path, `/ipfs/` and `/ipns/`, URLs, and a
 * path inside a mount. Everything that takes a CIDPATH reads it here.
 */
import { fileURLToPath } from 'node:url'
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { beginsWithCid, splitPath } from '../content/cid-path.js'
import { Cid } from '../core/cid.js'
import { addressInUrl, addressOnHost, type NamedContent } from './content-url.js'
import type { MountService, PlaceInMount } from './services.js'

/** What a text names. */
export interface Address extends NamedContent {
  /** The home in whose mount it was named. */
  readonly home?: string | undefined
}

/**
 * Parses a CIDPATH. What begins with a CID is content, even where a file of that name is near.
 * @throws INVALID_CID with the reason, NAME_TOO_LONG.
 */
export function parseAddress(text: string, mounts: Pick<MountService, 'locate'>): Address {
  if (/^file:/i.test(text)) return parseAddress(pathOfUrl(text), mounts)
  const inUrl = addressInUrl(text)
  if (inUrl !== undefined) return inUrl
  const [prefix = '', namespace] = /^\/?(ipfs|ipns)\//.exec(text) ?? []
  const path = utf8(text.slice(prefix.length))
  if (namespace !== 'ipns' && beginsWithCid(path)) return { namespace: 'ipfs', ...splitPath(path) }
  const place = mounts.locate(text)
  if (place !== undefined) return addressInMount(text, place)
  if (namespace === 'ipns') return { namespace, ...splitPath(path) }
  const onHost = addressOnHost(text)
  if (onHost !== undefined) return onHost
  // Parsing says what is wrong with the text.
  return { namespace: 'ipfs', root: String(Cid.parse(text)), names: [] }
}

/** Returns the path in a URL of a file, as file managers give it. @throws INVALID_CID. */
function pathOfUrl(text: string): string {
  try {
    return fileURLToPath(text)
  } catch (cause) {
    throw new KitError('INVALID_CID', `${text} is no file of this machine`, { cause })
  }
}

/** @throws INVALID_CID for what is no content. */
function addressInMount(text: string, { home, names }: PlaceInMount): Address {
  const [folder, ...rest] = names
  const isNamespace = folder === 'ipfs' || folder === 'ipns'
  if (isNamespace && rest.length > 0)
    return { namespace: folder, ...splitPath(utf8(rest.join('/'))), home }
  const reason = names.length === 0 || isNamespace ? 'is the mount itself' : 'is no content'
  throw new KitError('INVALID_CID', `${text} ${reason}; name a CID below ipfs/ in the mount`)
}
