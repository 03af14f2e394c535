/** Names that completion offers: what is pinned, the backends, the entries of a folder. */
import { configuredBackends } from '../../backends/configured.js'
import { datasetNames, readDataset } from '../datasets/dataset-files.js'
import { savedNames } from '../query/saved-queries.js'
import { StoreLayout } from '../store/layout.js'
import { readPins } from '../store/pins.js'
import type { Operation } from './operation.js'
import { target } from './target.js'
import { withContent } from './with-content.js'

export interface KnownPin {
  readonly cid: string
  readonly name: string
}

/** Returns the pins of a home. It needs no owner. @throws CORRUPT_FORMAT. */
export const knownPins = (home: string): KnownPin[] => [
  ...readPins(new StoreLayout(home).pins).values()
]

/** Returns the names of the backends of a home. @throws CONFIG_INVALID. */
export const knownBackends = (home: string): string[] =>
  configuredBackends(home).map(({ name }) => name)

/** Returns the names of the datasets of a home. */
export const knownDatasets = (home: string): string[] => datasetNames(home)

/** Returns what names the versions of a dataset of a home, and what each one is. @throws CORRUPT_FORMAT. */
export function knownVersions(
  home: string,
  name: string
): { readonly version: string; readonly what: string }[] {
  const { versions = [] } = readDataset(home, name) ?? {}
  const found = new Map(versions.length === 0 ? [] : [['latest', 'the newest']])
  for (const { version, tags, message, created_at } of [...versions].reverse())
    for (const text of [`v${version}`, ...tags])
      // A tag that was given again is that of the newest version which has it.
      if (!found.has(text)) found.set(text, message === '' ? created_at : message)
  return [...found].map(([version, what]) => ({ version, what }))
}

/** Returns the names of the saved queries of a home. */
export const knownQueries = (home: string): string[] => savedNames(home)

/** Lists a folder without fetching anything: a name that ends in a slash is a folder. */
export const namesIn: Operation<{ readonly path: string }, readonly string[]> = (
  services,
  { path },
  run
) =>
  withContent(services, run, false, async (view) => {
    const { cid } = await target(view, services, path)
    const table = view.content.directory(cid)
    return Array.from({ length: table.count }, (_, i) => {
      const isFolder = view.content.known(table.cid(i))?.type === 'directory'
      return `${Buffer.from(table.name(i)).toString()}${isFolder ? '/' : ''}`
    })
  })
