/** Folders whose own names are known to be durable. One that another put made may not be yet. */
export class DurableFolders {
  readonly #durable = new Set<string>()

  /**
   * Returns the folders to sync for a new name in one: its own, and those on the way to it.
   * @param made folders that were missing until now.
   */
  toSync(root: string, folder: string, made: readonly string[]): string[] {
    for (const each of made) this.#durable.delete(each)
    const found = [folder]
    for (let at = folder; at !== root && !this.#durable.has(at);) {
      at = at.slice(0, at.lastIndexOf('/'))
      found.push(at)
    }
    return found
  }

  /** Notes that folders of `toSync` are synced: what has its name in one of them is durable. */
  synced(folders: readonly string[]): void {
    for (const each of folders.slice(0, -1)) this.#durable.add(each)
  }
}
