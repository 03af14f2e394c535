/** The links that `ipns/` shows. Only the main thread resolves names. */
import { utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { symlinkCid } from '../formats/symlink-cid.js'
import type { Names } from './names.js'
import type { NamesPort } from '../../vfs/ports.js'

/** The port on serving threads: it refers every request to the main thread. */
export const NAMES_ON_MAIN_THREAD: NamesPort = {
  link: (name) => {
    throw onMainThread(name)
  },
  list: () => {
    throw onMainThread(ALL_NAMES)
  },
  prepare: () => Promise.reject(new KitError('INTERNAL', 'names are prepared on the main thread'))
}

const onMainThread = (what: string): NotReady => new NotReady({ type: 'tree', tree: 'ipns', what })

/** The request for the list of names; it cannot be a name, because no name has a slash. */
const ALL_NAMES = '/'

/**
 * Makes the port of the main thread.
 * @param ports `isOffline`: names could be resolved but for `--offline`; `isNaming`: any source of
 *   names exists; `names`: the resolved names, once there are any.
 */
export function namesPort(ports: {
  readonly isOffline: () => boolean
  readonly isNaming: () => boolean
  readonly names: () => Names | undefined
  readonly findName: (name: string, signal: AbortSignal) => Promise<void>
  readonly listNames: (signal: AbortSignal) => Promise<void>
}): NamesPort {
  return {
    link: (name) => {
      if (ports.isOffline()) throw new KitError('BACKEND_UNAVAILABLE', `/ipns/${name}: offline`)
      if (!ports.isNaming()) return undefined
      const known = ports.names()?.known(name)
      if (known === undefined) throw onMainThread(name)
      return known.cid === undefined ? undefined : linkTo(known.cid)
    },
    list: () => {
      if (!ports.isNaming()) return []
      const listed = ports.names()?.listed()
      if (listed === undefined) throw onMainThread(ALL_NAMES)
      return listed.map(({ name, cid }) => ({ name, link: linkTo(cid) }))
    },
    prepare: (what, signal) =>
      what === ALL_NAMES ? ports.listNames(signal) : ports.findName(what, signal)
  }
}

/**
 * Returns the symlink to a CID. An identity CID may be too long to be the target of a link that is one
 * itself: what it holds then stands there in its place.
 */
function linkTo(cid: Cid): Cid {
  try {
    return symlinkCid(utf8(`../ipfs/${cid}`))
  } catch (error) {
    if (isKitError(error, 'NAME_TOO_LONG')) return cid
    throw error
  }
}
