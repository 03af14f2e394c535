/** Makes folders, and the names in them durable. */
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'

export class DurableFolders {
  readonly #root: string
  /** Folders whose own names are known to be durable. One that somebody else made may not be yet. */
  readonly #durable = new Set([''])
  readonly #syncFolder: typeof syncFolder

  /** @param sync makes the names in a folder durable. */
  constructor(root: string, sync = syncFolder) {
    this.#root = root
    this.#syncFolder = sync
  }

  /** @param folder below the root. */
  async make(folder: string): Promise<void> {
    const made = await mkdir(join(this.#root, folder), { recursive: true })
    if (made === undefined || folder === '') return
    for (let at = folder; at !== ''; at = parentOf(at)) this.#durable.delete(at)
  }

  /** Makes a name in a folder durable, and the folders on the way to it. */
  async sync(folder: string): Promise<void> {
    const synced: string[] = []
    for (let at = folder; ; at = parentOf(at)) {
      await this.#syncFolder(join(this.#root, at))
      if (this.#durable.has(at)) break
      synced.push(at)
    }
    for (const each of synced) this.#durable.add(each)
  }
}

export const parentOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')))

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
