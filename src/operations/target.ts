/** What a CIDPATH means: text, or a path under a mount of ours. */
import { resolve as resolvePath, sep } from 'node:path'
import { parseCidPath, pathText, resolve, type CidPath } from '../content/resolver.js'
import { Cid } from '../core/cid.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import type { ContentView } from './content-view.js'

/**
 * Reads a CIDPATH.
 * @param mounts where homes are mounted.
 * @param named the CID that a name leads to.
 * @throws INVALID_CID when it is neither; what `named` throws.
 */
export function parseTarget(
  text: string,
  mounts: readonly string[],
  named: (name: string) => Cid
): CidPath {
  const url = /^ipns:\/\/(.+)$/.exec(text)
  if (url !== null) return parseNamed(url[1]!, named)
  if (text.startsWith('/ipns/')) return parseNamed(text.slice('/ipns/'.length), named)
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
    if (absolute.startsWith(names)) return parseNamed(absolute.slice(names.length), named)
  }
  return parseCidPath(text)
}

function parseNamed(text: string, named: (name: string) => Cid): CidPath {
  const [name = '', ...rest] = text.split('/')
  return parseCidPath([String(named(name)), ...rest].join('/'))
}

export interface Target {
  readonly cid: Cid
  readonly path: CidPath
}

/** Follows a CIDPATH to its CID, fetching what lies on the way. @throws what `findTarget` throws. */
export const target = (
  view: ContentView,
  mounts: readonly string[],
  text: string
): Promise<Target> => view.whenReady(() => findTarget(text, mounts, view))

/** A root that is not here is named, with what to do. */
function findTarget(text: string, mounts: readonly string[], view: ContentView): Target {
  const path = parseTarget(text, mounts, (name) => view.named(name))
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

/** Reads a CID that stands alone. @throws INVALID_CID; a CID given with a path is refused. */
export function parseCid(text: string): Cid {
  if (text.includes('/') && !text.startsWith('/ipfs/'))
    throw new KitError('INVALID_CID', `"${text}" is a path; give the CID alone`)
  return Cid.parse(text.replace(/^\/ipfs\//, ''))
}
