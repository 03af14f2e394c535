/** What `ipns/` shows and what the engine tells of itself: known to the main thread alone. */
import { utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { symlinkCid } from '../content/symlink-cid.js'
import type { Names } from '../names/names.js'
import type { NamesPort, StatsPort } from '../../vfs/ports.js'

/** What only the main thread can answer. */
export interface MainPorts {
  readonly names: NamesPort
  readonly stats: StatsPort
}

/** On every other thread: the main thread answers. */
export const ELSEWHERE: MainPorts = {
  names: {
    link: (name) => {
      throw new NotReady({ type: 'name', name })
    },
    list: () => {
      throw new NotReady({ type: 'names' })
    }
  },
  stats: {
    stats: () => {
      throw new NotReady({ type: 'stats' })
    }
  }
}

/** @param names what is known; `isNaming` whether any name can be found out at all. */
export function namesPort(ports: {
  /** Whether any name could be found out, were we not offline. */
  readonly isOffline: () => boolean
  readonly isNaming: () => boolean
  readonly names: () => Names | undefined
}): NamesPort {
  return {
    link: (name) => {
      if (ports.isOffline()) throw new KitError('BACKEND_UNAVAILABLE', `/ipns/${name}: offline`)
      if (!ports.isNaming()) return undefined
      const known = ports.names()?.known(name)
      if (known === undefined) throw new NotReady({ type: 'name', name })
      return known.cid === undefined ? undefined : linkTo(known.cid)
    },
    list: () => {
      if (!ports.isNaming()) return []
      const listed = ports.names()?.listed()
      if (listed === undefined) throw new NotReady({ type: 'names' })
      return listed.flatMap(({ name, cid }) => {
        const link = ifShort(() => linkTo(cid))
        return link === undefined ? [] : [{ name, link }]
      })
    }
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
