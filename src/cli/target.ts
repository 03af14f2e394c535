/** What a CIDPATH on the command line means: text, or a path under a mount of ours. */
import { resolve as resolvePath, sep } from 'node:path'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { parseCidPath, pathText, resolve, type CidPath } from '../content/resolver.js'
import { ownMounts } from '../mount/mountinfo.js'
import type { ContentView } from './context.js'

/**
 * Read a CIDPATH.
 * @param named the CID that a name leads to.
 * @throws INVALID_CID when it is neither; what `named` throws.
 */
export function parseTarget(text: string, named: (name: string) => Cid): CidPath {
  const url = /^ipns:\/\/(.+)$/.exec(text)
  if (url !== null) return parseNamed(url[1]!, named)
  if (text.startsWith('/ipns/')) return parseNamed(text.slice('/ipns/'.length), named)
  const absolute = text.startsWith('/ipfs/') ? text : resolvePath(text)
  for (const { path } of ownMounts()) {
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

/** Follow a CIDPATH to its CID. A root that is not here is named, with what to do. */
export function findTarget(text: string, { content, named }: ContentView): Target {
  const path = parseTarget(text, named)
  try {
    const cid = resolve(content, path)
    content.stat(cid)
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

/** A whole number of bytes from an option. @throws USAGE. */
export function countOption(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new KitError('USAGE', `--${name} takes a number from 0 on, not "${text}"`)
  return value
}
