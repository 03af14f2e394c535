/** What `ipns/` shows: links to where names lead, known to the main thread alone. */
import { utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { symlinkCid } from '../formats/symlink-cid.js'
import type { Names } from './names.js'
import type { NamesPort } from '../../vfs/ports.js'

/** On every other thread: the main thread answers. */
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

/** Stands for the list of names where a name stands for itself; no name has a slash. */
const ALL_NAMES = '/'

/** @param names what is known; `isNaming` whether any name can be found out at all. */
export function namesPort(ports: {
  /** Whether any name could be found out, were we not offline. */
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
      return listed.flatMap(({ name, cid }) => {
        const link = ifShort(() => linkTo(cid))
        return link === undefined ? [] : [{ name, link }]
      })
    },
    prepare: (what, signal) =>
      what === ALL_NAMES ? ports.listNames(signal) : ports.findName(what, signal)
  }
}

const linkTo = (cid: Cid): Cid => symlinkCid(utf8(`../ipfs/${cid}`))

/** A CID that holds its content itself may be too long for a link that does the same. */
function ifShort(link: () => Cid): Cid | undefined {
  try {
    return link()
  } catch (error) {
    if (isKitError(error, 'NAME_TOO_LONG')) return undefined
    throw error
  }
}
