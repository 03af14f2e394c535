/** A thread's open tables of HAMT directories: mapped files, closed in order of last use. */
import { LRUCache } from 'lru-cache'
import { toHex } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import type { MappedFile } from '../core/native.js'
import type { TableFiles } from '../store/ports.js'
import { DirTable } from './dir-table.js'
import { collectHamt } from './hamt-reader.js'

/** Maximum number of maps. Their bytes belong to the page cache and need no bound here. */
const MAX_OPEN = 64

/** The open tables. */
export class HamtTables {
  readonly #files: TableFiles
  // Tables are used within one synchronous call only, so none is used after it was unmapped.
  readonly #open = new LRUCache<string, { table: DirTable; map: MappedFile }>({
    max: MAX_OPEN,
    dispose: ({ map }) => map.close()
  })

  constructor(files: TableFiles) {
    this.#files = files
  }

  /** Returns the table of a directory; undefined if none is stored or it is damaged. */
  get(root: Cid): DirTable | undefined {
    const key = toHex(root.key)
    const known = this.#open.get(key)
    if (known !== undefined) return known.table
    const map = this.#files.map(key)
    if (map === undefined) return undefined
    try {
      const table = DirTable.fromFile(map.bytes, () => map.release())
      this.#open.set(key, { table, map })
      return table
    } catch (error) {
      map.close()
      // A damaged table is no error, because it is rebuilt from the verified shards.
      if (error instanceof KitError && error.code === 'CORRUPT_FORMAT') return undefined
      throw error
    }
  }

  /**
   * Reads all shards of a directory, stores its table and opens it.
   * @returns the table, with its bytes if they could not be stored.
   */
  build(root: Cid, load: (cid: Cid) => Uint8Array): { table: DirTable; unsaved?: Uint8Array } {
    const parts = collectHamt(root, load)
    this.#files.save(toHex(root.key), parts)
    const table = this.get(root)
    if (table !== undefined) return { table }
    const unsaved = new Uint8Array(Buffer.concat(parts))
    return { table: DirTable.fromFile(unsaved), unsaved }
  }
}
