/** Indexes of pins that an older installation kept beside those of its backends. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../core/fs-durable.js'
import { readParquetGroups } from '../core/read-parquet.js'
import { textIn } from './legacy-writes.js'

export interface IndexedPin {
  readonly cid: string
  /** Empty where there is none. */
  readonly name: string
}

/** The folders of indexes below a home, and the names of their files. */
const PLACES: readonly (readonly [folder: string, files: RegExp])[] = [
  ['pin_metadata', /\.parquet$/],
  ['parquet_storage', /\.parquet$/],
  ['parquet', /^(?:Qm|baf).*\.parquet$/]
]

/** Returns the files of indexes. */
export const indexFiles = (home: string): string[] =>
  PLACES.flatMap(([folder, files]) =>
    (ifPresent(() => readdirSync(join(home, folder))) ?? [])
      .filter((name) => files.test(name))
      .sort()
      .map((name) => join(home, folder, name))
  )

/** States of pins that were no pins any more. */
const ENDED = new Set(['unpinned', 'removed', 'deleted'])

/**
 * Returns the pins of all indexes, each once: a name counts wherever there is one.
 * @throws CORRUPT_FORMAT naming a file.
 */
export async function indexedPins(home: string): Promise<IndexedPin[]> {
  const pins = new Map<string, IndexedPin>()
  for (const path of indexFiles(home))
    for await (const rows of readParquetGroups(path))
      for (const row of rows) {
        const cid = textIn(row, 'cid')
        if (cid === undefined || ENDED.has(textIn(row, 'status') ?? '')) continue
        const name = textIn(row, 'name') ?? pins.get(cid)?.name ?? ''
        pins.set(cid, { cid, name })
      }
  return [...pins.values()]
}
