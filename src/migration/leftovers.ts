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
    folder: 'pin_metadata',
    files: /\.duckdb$/,
    what: 'an index of pins, whose Parquet files say the same'
  },
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
