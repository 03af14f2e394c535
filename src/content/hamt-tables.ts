/** The tables of HAMT directories that this thread has open: mapped files, the least used let go. */
import { LRUCache } from 'lru-cache'
import { toHex } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import type { MappedFile } from '../core/native.js'
import type { TableFiles } from '../store/ports.js'
import { DirTable } from './dir-table.js'
import { collectHamt } from './hamt-reader.js'

/** Maps are pages of the page cache, not memory of ours; the bound is on their number. */
const MAX_OPEN = 64

export class HamtTables {
  readonly #files: TableFiles
  // A table is used within one synchronous call only, so nothing sees it after disposal.
  readonly #open = new LRUCache<string, { table: DirTable; map: MappedFile }>({
    max: MAX_OPEN,
    dispose: ({ map }) => map.close()
  })

  constructor(files: TableFiles) {
    this.#files = files
  }

  /** The table of a directory; undefined where none is stored or it is damaged. */
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
      // Derived data: it is built again from the verified shards.
      if (error instanceof KitError && error.code === 'CORRUPT_FORMAT') return undefined
      throw error
    }
  }

  /**
   * Read all shards of a directory, keep the table and open it.
   * @returns the table, and its bytes where they could not be stored.
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
