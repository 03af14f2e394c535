/** What else an older installation left in a home. Nothing of it is changed; some of it is worth a look. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../core/fs-durable.js'

interface Kind {
  /** The folder, below the home. */
  readonly folder: string
  readonly files: RegExp
  readonly what: string
}

const KINDS: readonly Kind[] = [
  {
    folder: 'wal/car',
    files: /\.(car|content)$/,
    what: 'pending writes, which may be the only copy of their bytes; `ipfs-kit add` the .content files, `ipfs-kit car import` what is a CAR'
  },
  {
    folder: 'wal/pins/pending',
    files: /\.content$/,
    what: 'pending pins, which may be the only copy of their bytes; `ipfs-kit add` them'
  },
  {
    folder: 'wal/partitions',
    files: /\.parquet$/,
    what: 'the history of an older log, as Parquet'
  },
  { folder: 'pin_metadata', files: /\.(parquet|duckdb)$/, what: 'an index of pins; `ipfs-kit pin add` those that you want' }, // prettier-ignore
  { folder: 'parquet_storage', files: /\.parquet$/, what: 'an index of pins' },
  { folder: 'parquet', files: /\.parquet$/, what: 'an index of pins' },
  { folder: 'buckets', files: /\.parquet$/, what: 'lists of files in buckets' },
  { folder: 'journal/journals', files: /\.json$/, what: 'journals of finished operations' }
]

/** Returns a sentence for each kind of file that is there. */
export const leftovers = (home: string): string[] =>
  KINDS.flatMap(({ folder, files, what }) => {
    const found = (ifPresent(() => readdirSync(join(home, folder))) ?? []).filter((name) =>
      files.test(name)
    )
    return found.length === 0 ? [] : [`${join(home, folder)}: ${found.length} files: ${what}`]
  })
