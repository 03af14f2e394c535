/** What `ipns/` shows and what the engine tells of itself: known to the main thread alone. */
import { utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { symlinkCid } from '../formats/symlink-cid.js'
import type { Names } from './names.js'
import type { NamesPort, SnapshotPort } from '../../vfs/ports.js'

/** What only the main thread can answer. */
export interface MainPorts {
  readonly names: NamesPort
  readonly snapshots: SnapshotPort
}

/** On every other thread: the main thread answers. */
export const ON_MAIN_THREAD: MainPorts = {
  names: {
    link: (name) => {
      throw onMainThread('ipns', name)
    },
    list: () => {
      throw onMainThread('ipns', ALL_NAMES)
    },
    prepare: () => Promise.reject(new KitError('INTERNAL', 'names are prepared on the main thread'))
  },
  snapshots: {
    latest: () => {
      throw onMainThread('.ipfs-kit', 'latest')
    },
    at: (serial) => {
      throw onMainThread('.ipfs-kit', String(serial))
    }
  }
}

const onMainThread = (tree: string, what: string): NotReady =>
  new NotReady({ type: 'tree', tree, what })

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
      if (known === undefined) throw onMainThread('ipns', name)
      return known.cid === undefined ? undefined : linkTo(known.cid)
    },
    list: () => {
      if (!ports.isNaming()) return []
      const listed = ports.names()?.listed()
      if (listed === undefined) throw onMainThread('ipns', ALL_NAMES)
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
