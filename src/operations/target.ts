/** Resolves a CIDPATH: text, or a path under one of our mounts. */
import { resolve as resolvePath, sep } from 'node:path'
import { parseCidPath, pathText, resolve, type CidPath } from '../content/resolver.js'
import { Cid } from '../core/cid.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import type { ContentView } from './content-view.js'

/**
 * Parses a CIDPATH.
 * @param mounts mountpoints of homes.
 * @param cidOfName returns the CID that a name leads to.
 * @throws INVALID_CID when it is neither text nor such a path; what `cidOfName` throws.
 */
function parseTarget(
  text: string,
  mounts: readonly string[],
  cidOfName: (name: string) => Cid
): CidPath {
  const url = /^ipns:\/\/(.+)$/.exec(text)
  if (url !== null) return parseNamePath(url[1]!, cidOfName)
  if (text.startsWith('/ipns/')) return parseNamePath(text.slice('/ipns/'.length), cidOfName)
  const absolute = text.startsWith('/ipfs/') ? text : resolvePath(text)
  for (const path of mounts) {
    if ([path, `${path}${sep}ipfs`, `${path}${sep}ipns`].includes(absolute))
      throw new KitError(
        'INVALID_CID',
        `${text} is the mount itself; name a CID below ${path}/ipfs`
      )
    const root = `${path}${sep}ipfs${sep}`
    if (absolute.startsWith(root)) return parseCidPath(absolute.slice(root.length))
    const names = `${path}${sep}ipns${sep}`
    if (absolute.startsWith(names)) return parseNamePath(absolute.slice(names.length), cidOfName)
  }
  return parseCidPath(text)
}

function parseNamePath(text: string, cidOfName: (name: string) => Cid): CidPath {
  const [name = '', ...rest] = text.split('/')
  return parseCidPath([String(cidOfName(name)), ...rest].join('/'))
}

export interface Target {
  readonly cid: Cid
  readonly path: CidPath
}

/**
 * Follows a CIDPATH to its CID, fetching what lies on the way.
 * @throws INVALID_CID, BLOCK_NOT_FOUND naming the root and what to do, PATH_NOT_FOUND, and what
 * fetching throws.
 */
export const target = (
  view: ContentView,
  mounts: readonly string[],
  text: string
): Promise<Target> => view.whenReady(() => findTarget(text, mounts, view))

/** Follows a CIDPATH with what is here. The error for a missing block says what to do. */
function findTarget(text: string, mounts: readonly string[], view: ContentView): Target {
  const path = parseTarget(text, mounts, (name) => view.cidOfName(name))
  try {
    const cid = resolve(view.content, path)
    view.content.stat(cid)
    return { cid, path }
  } catch (error) {
    if (error instanceof NotReady) throw error
    if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw toKitError(error)
    throw new KitError(
      'BLOCK_NOT_FOUND',
      `${pathText(path)}: ${error.message}; add it, import an archive that holds it, or add a backend that has it`,
      { cause: error }
    )
  }
}

/** Parses a CID without a path. @throws INVALID_CID. */
export function parseCid(text: string): Cid {
  if (text.includes('/') && !text.startsWith('/ipfs/'))
    throw new KitError('INVALID_CID', `"${text}" is a path; give the CID alone`)
  return Cid.parse(text.replace(/^\/ipfs\//, ''))
}
