/** What the store of a home amounts to. */
import { readPins } from '../store/pins.js'
import { countFileBytes, storeFigures } from '../store/figures.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface RepoStatResult {
  readonly home: string
  readonly blocks: number
  readonly bytes: number
  readonly freeBytes: number
}

export const repoStat: Operation<object, RepoStatResult> = (services, _request, run) =>
  withContent(services, run, false, async (view) => {
    const { layout, manifest } = view.reader
    view.reader.refresh()
    const pins = readPins(layout.pins).size
    const { blocks, bytes, freeBytes } = storeFigures(
      layout,
      manifest,
      pins,
      await countFileBytes(layout)
    )
    return { home: layout.home, blocks, bytes: bytes ?? 0, freeBytes }
  })
