/** The content paths that requests name, and how headers show them. */
import { splitPath } from '../content/cid-path.js'
import { bufferOf, utf8 } from '../core/bytes.js'
import { Cid, DAG_PB } from '../core/cid.js'
import { KitError, toKitError } from '../core/errors.js'
import { percentDecoded, percentEncoded } from './percent.js'

export type Namespace = 'ipfs' | 'ipns'

export interface ContentPath {
  readonly namespace: Namespace
  /** A CID or a name, as the request has it. */
  readonly root: string
  readonly names: readonly Uint8Array[]
  /** Whether it ends in a slash, as paths of folders do. */
  readonly isFolder: boolean
}

/** Parses `/ipfs/…` or `/ipns/…` as it was sent. @throws INVALID_ARGUMENT, INVALID_CID, NAME_TOO_LONG. */
export function parseContentPath(path: string): ContentPath {
  const decoded = percentDecoded(path)
  const namespace = path.startsWith('/ipns/') ? 'ipns' : 'ipfs'
  const rest = decoded.subarray('/ipfs/'.length)
  try {
    return { namespace, ...splitPath(rest), isFolder: endsAsFolder(rest) }
  } catch (error) {
    throw invalidPath(decoded.toString(), error)
  }
}

/** Parses the path below the root that a host names. @throws INVALID_ARGUMENT, INVALID_CID, NAME_TOO_LONG. */
export function pathBelow(namespace: Namespace, root: string, path: string): ContentPath {
  const decoded = percentDecoded(path)
  try {
    const { names } = splitPath(Buffer.concat([utf8(root), decoded]))
    return { namespace, root, names, isFolder: endsAsFolder(decoded) }
  } catch (error) {
    throw invalidPath(`/${namespace}/${root}${decoded.toString()}`, error)
  }
}

const endsAsFolder = (path: Buffer): boolean => /(^|\/)\.{0,2}$/.test(path.toString('latin1'))

function invalidPath(path: string, cause: unknown): KitError {
  const { code, message } = toKitError(cause)
  return new KitError(code, `invalid path ${JSON.stringify(path)}: ${message}`, { cause })
}

/** Returns the CID that a path begins with. @throws INVALID_CID naming the path. */
export function rootCid(path: ContentPath): Cid {
  try {
    return Cid.parse(path.root)
  } catch (error) {
    throw invalidPath(legacyText(path), error)
  }
}

/** Returns a CID in the version that fits names of hosts. */
export const asVersion1 = (cid: Cid): Cid =>
  cid.version === 1 ? cid : Cid.v1(DAG_PB, cid.hashCode, cid.digest)

/** Returns the path as headers and messages show it, decoded. */
export const legacyText = ({ namespace, root, names, isFolder }: ContentPath): string =>
  `/${namespace}/${[root, ...names.map((name) => bufferOf(name).toString())].join('/')}${isFolder ? '/' : ''}`

/** Returns the path below the root, encoded: `/a/b/`, or nothing. */
export const encodedBelow = ({
  names,
  isFolder
}: Pick<ContentPath, 'names' | 'isFolder'>): string =>
  `${names.map((name) => `/${percentEncoded(name)}`).join('')}${isFolder ? '/' : ''}`

/**
 * Returns the canonical URI of a path (IPIP-548).
 * @param root the CID or the key in its canonical form, or a domain.
 */
export const uriOf = (path: ContentPath, root: string): string =>
  `${path.namespace}://${root}${encodedBelow(path)}`
