/** The files below a folder whose paths match a pattern. A folder may stand in it many times. */
import { textOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { namePattern } from '../core/name-pattern.js'
import { Turns } from '../core/turns.js'
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'

/** Most files of one table. */
const MAX_FILES = 10_000
/** Most folders within each other. */
const MAX_DEPTH = 32

export interface FoundFile {
  /** The last name on the path to it; empty for a bare CID. */
  readonly name: string
  /** What a user can call it. */
  readonly path: string
  readonly cid: Cid
}

type Folder = Pick<FoundFile, 'path' | 'cid'>

/** @param parts of the pattern, where `**` is any number of folders. @returns in the order of names. @throws TOO_LARGE. */
export async function matchingFiles(
  folder: Folder,
  parts: readonly string[],
  { view, run }: { readonly view: ContentView; readonly run: Run }
): Promise<readonly FoundFile[]> {
  const search = new Search(view, run)
  await search.matching(folder, parts, 0)
  return [...search.found.values()]
}

class Search {
  /** By their paths, to which several `**` may lead in many ways. */
  readonly found = new Map<string, FoundFile>()
  readonly #view: ContentView
  readonly #turns: Turns
  /** Visits that are over, or found nothing wherever the folder stands. */
  readonly #over = new Set<string>()
  readonly #kinds = new Map<string, boolean>()

  constructor(view: ContentView, { signal }: Run) {
    this.#view = view
    this.#turns = new Turns(signal)
  }

  async matching(folder: Folder, parts: readonly string[], depth: number): Promise<void> {
    if (parts.length === 0 || depth > MAX_DEPTH) return
    const rest = parts.join('/')
    const [here, anywhere] = [`${rest}\0${folder.path}`, `${depth} ${rest}\0${folder.cid}`]
    if (this.#over.has(here) || this.#over.has(anywhere)) return
    const before = this.found.size
    if (parts[0] === '**' && parts.length > 1) await this.#below(folder, parts, depth)
    else await this.#in(folder, parts, depth)
    this.#over.add(here)
    if (this.found.size === before) this.#over.add(anywhere)
  }

  async #in(folder: Folder, [part, ...rest]: readonly string[], depth: number): Promise<void> {
    const pattern = namePattern(part!)
    for (const entry of await this.#entries(folder)) {
      if (!pattern.test(entry.name)) continue
      const isDirectory = await this.#isFolder(entry.cid)
      if (rest.length > 0 && isDirectory) await this.matching(entry, rest, depth + 1)
      if (rest.length > 0 || isDirectory) continue
      this.found.set(entry.path, entry)
      if (this.found.size > MAX_FILES) throw new KitError('TOO_LARGE', `a table has at most ${MAX_FILES} files`) // prettier-ignore
    }
  }

  /** Matches what follows `**` in a folder and in all folders below it. */
  async #below(folder: Folder, parts: readonly string[], depth: number): Promise<void> {
    await this.matching(folder, parts.slice(1), depth)
    for (const entry of await this.#entries(folder))
      if (!entry.name.startsWith('.') && (await this.#isFolder(entry.cid)))
        await this.matching(entry, parts, depth + 1)
  }

  async #isFolder(cid: Cid): Promise<boolean> {
    if (this.#turns.isDue) await this.#turns.take()
    const key = String(cid)
    const known = this.#kinds.get(key)
    if (known !== undefined) return known
    const { type } = await this.#view.whenReady(() => this.#view.content.stat(cid))
    this.#kinds.set(key, type === 'directory')
    return type === 'directory'
  }

  async #entries({ cid, path }: Folder): Promise<readonly FoundFile[]> {
    if (this.#turns.isDue) await this.#turns.take()
    const table = await this.#view.whenReady(() => this.#view.content.directory(cid))
    return Array.from({ length: table.count }, (_, i) => {
      const name = textOf(table.name(i)) ?? ''
      return { name, path: `${path}/${name}`, cid: table.cid(i) }
    }).sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}
