/** The Parquet files of a folder in the store, as parts of a version. A folder may stand in it many times. */
import { copyOf, textOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { Turns } from '../core/turns.js'
import { ParquetFooter } from '../datasets/parquet-footer.js'
import type { PartRecord } from '../datasets/version-block.js'
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'
import { storedFooter } from './stored-footer.js'

/** Most parts of a version that is adopted. */
const MAX_PARTS = 100_000
/** Most folders within each other. */
const MAX_DEPTH = 64

type About = Omit<PartRecord, 'path'>

/** @throws TOO_LARGE, CORRUPT_FORMAT naming the file. */
export async function parquetBelow(
  view: ContentView,
  folder: Cid,
  run: Run
): Promise<readonly PartRecord[]> {
  const walk = new Walk(view, run)
  await walk.visit(folder, '', 0)
  return walk.parts
}

export async function partAt(view: ContentView, cid: Cid, path: string): Promise<PartRecord> {
  const { size, footer } = await storedFooter(view, cid, path)
  const parsed = new ParquetFooter(footer)
  return { cid, path, rows: parsed.rows, bytes: size, tsize: size, statistics: parsed.statistics() }
}

class Walk {
  readonly parts: PartRecord[] = []
  readonly #view: ContentView
  readonly #turns: Turns
  readonly #known = new Map<string, About>()
  /** Folders in which there is no part. */
  readonly #empty = new Set<string>()

  constructor(view: ContentView, { signal }: Run) {
    this.#view = view
    this.#turns = new Turns(signal)
  }

  async visit(folder: Cid, path: string, depth: number): Promise<void> {
    if (this.#empty.has(String(folder))) return
    if (depth > MAX_DEPTH) throw new KitError('TOO_LARGE', `${path} is more than ${MAX_DEPTH} folders deep`) // prettier-ignore
    const before = this.parts.length
    for (const { name, cid } of await this.#entries(folder)) {
      if (this.#turns.isDue) await this.#turns.take()
      if (name === undefined || name.startsWith('.') || name.startsWith('_')) continue
      const { type } = await this.#view.whenReady(() => this.#view.content.stat(cid))
      if (type === 'directory') await this.visit(cid, `${path}${name}/`, depth + 1)
      else if (type === 'file' && name.endsWith('.parquet')) await this.#add(cid, `${path}${name}`)
    }
    if (this.parts.length === before) this.#empty.add(String(folder))
  }

  async #entries(
    folder: Cid
  ): Promise<readonly { readonly name: string | undefined; readonly cid: Cid }[]> {
    // prettier-ignore
    return await this.#view.whenReady(() => {
      const table = this.#view.content.directory(folder)
      return Array.from({ length: table.count }, (_, i) => ({ name: textOf(copyOf(table.name(i))), cid: table.cid(i) })) // prettier-ignore
    })
  }

  async #add(cid: Cid, path: string): Promise<void> {
    if (this.parts.length >= MAX_PARTS) throw new KitError('TOO_LARGE', `a version that is adopted has at most ${MAX_PARTS} files; put its rows with \`ipfs-kit dataset put\``) // prettier-ignore
    const key = String(cid)
    const about = this.#known.get(key) ?? (await partAt(this.#view, cid, path))
    this.#known.set(key, about)
    this.parts.push({ ...about, path })
  }
}
