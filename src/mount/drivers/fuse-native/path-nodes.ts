/**
 * Maps the paths of libfuse to the nodes of the VFS: a cache of the last used paths, which holds a
 * reference to each node.
 */
import { LRUCache } from 'lru-cache'
import { utf8 } from '../../../core/bytes.js'
import { KitError } from '../../../core/errors.js'
import { ROOT_ID } from '../../../../vfs/inode-table.js'
import type { Vfs } from '../../../../vfs/vfs.js'

const REMEMBERED = 4096
/** How long a path is believed, in ms; 0 for as long as there is room. */
const TTL_MS = { lasting: 0, changing: 1000, none: 1 } as const

/** The nodes by path. */
export class PathNodes {
  readonly #vfs: Vfs
  readonly #nodes: LRUCache<string, number>

  constructor(vfs: Vfs) {
    this.#vfs = vfs
    this.#nodes = new LRUCache({
      max: REMEMBERED,
      dispose: (id) => vfs.inodes.forget(id, 1)
    })
  }

  /** Returns the node of an absolute path. @throws PATH_NOT_FOUND, and the errors of `Vfs.lookup`. */
  find(path: string): number {
    if (path === '/') return ROOT_ID
    const known = this.#nodes.get(path)
    if (known !== undefined) return known
    const slash = path.lastIndexOf('/')
    const parent = this.find(slash === 0 ? '/' : path.slice(0, slash))
    const found = this.#vfs.lookup(parent, utf8(path.slice(slash + 1)))
    if (found === undefined) throw new KitError('PATH_NOT_FOUND', `${path} does not exist`)
    // Without a TTL a changed name would stay cached, because changes are not announced.
    const ttl = TTL_MS[found.validity]
    this.#nodes.set(path, found.id, { ttl })
    return found.id
  }

  /** Drops all paths, because names may have changed. */
  clear(): void {
    this.#nodes.clear()
  }
}
