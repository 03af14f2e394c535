/**
 * libfuse names everything by its path, the VFS by its node: the nodes of the paths that were
 * used last, each with a reference of ours.
 */
import { LRUCache } from 'lru-cache'
import { utf8 } from '../../../core/bytes.js'
import { KitError } from '../../../core/errors.js'
import { ROOT_ID } from '../../../../vfs/inode-table.js'
import { BRIEFLY } from '../../validity.js'
import type { Vfs } from '../../../../vfs/vfs.js'

const REMEMBERED = 4096

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

  /** The node at an absolute path. @throws PATH_NOT_FOUND, and what `Vfs.lookup` throws. */
  find(path: string): number {
    if (path === '/') return ROOT_ID
    const known = this.#nodes.get(path)
    if (known !== undefined) return known
    const slash = path.lastIndexOf('/')
    const parent = this.find(slash === 0 ? '/' : path.slice(0, slash))
    const found = this.#vfs.lookup(parent, utf8(path.slice(slash + 1)))
    if (found === undefined) throw new KitError('PATH_NOT_FOUND', `${path} does not exist`)
    // What a name leads to may change without anybody telling.
    const ttl = found.isLasting ? 0 : BRIEFLY * 1000
    this.#nodes.set(path, found.id, { ttl })
    return found.id
  }

  /** Names may have changed: find each anew. */
  clear(): void {
    this.#nodes.clear()
  }
}
