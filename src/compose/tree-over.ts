/** The tree of a mount for one operation, over the content that it has open. */
import { join } from 'node:path'
import { utf8 } from '../core/bytes.js'
import { systemClock } from '../core/clock.js'
import { isKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { symlinkCid } from '../formats/symlink-cid.js'
import { DatasetsView } from '../datasets/datasets-view.js'
import type { ContentView } from '../operations/content-view.js'
import type { Run } from '../operations/run.js'
import { TreeView } from '../operations/tree-view.js'
import { queryLimitsFrom } from '../operations/query-limits.js'
import { queryResult } from '../operations/query-result.js'
import type { Services } from '../operations/services.js'
import type { ResultFormat } from '../query/ports.js'
import { Cid } from '../core/cid.js'
import { loadConfig } from '../config/config.js'
import { PinsView } from '../store/pins-view.js'
import { stampOfQuery } from '../query/saved-queries.js'
import { QueryFiles } from '../query/query-files.js'
import { HomeFiles } from '../service/home-files.js'
import { MetadataDocuments } from '../service/metadata-documents.js'
import { ResultLinks, type ComputeResult } from '../service/result-links.js'
import { SNAPSHOTS_ON_MAIN_THREAD } from '../service/snapshots.js'
import type { NamesPort } from '../../vfs/ports.js'
import { RootTree } from '../../vfs/trees/root.js'
import { documentMaker } from './metadata-document.js'
import { treesOf } from './trees.js'

export async function treeOver(services: Services, view: ContentView, run: Run): Promise<TreeView> {
  const { home, engine } = services
  const report = await engine.report()
  const log = logOf(run)
  const trees = treesOf({
    content: view.content,
    pins: new PinsView(view.reader.layout.pins),
    names: namesOf(view),
    snapshots: SNAPSHOTS_ON_MAIN_THREAD,
    datasets: new DatasetsView(home, view.content),
    queries: new QueryFiles(join(home, 'queries')),
    results: new ResultLinks(
      resultsOf(services, run),
      (query) => stampOfQuery(home, query),
      systemClock,
      log
    ),
    metadata: new MetadataDocuments(
      documentMaker(home, () => ({ remote: report?.remote ?? null }))
    ),
    homeFiles: new HomeFiles(home)
    // What is not listed is the engine's report on its mounts.
  }).filter(({ isListed }) => isListed)
  return new TreeView(view, new RootTree(trees).node(), trees, run)
}

const resultsOf =
  (services: Services, run: Run): ComputeResult =>
  async (query, format) => {
    const limits = queryLimitsFrom(loadConfig(services.home))
    const request = { query, format: format as ResultFormat, limits }
    const result = await queryResult(services, request, run)
    return result === undefined ? undefined : Cid.parse(result.cid)
  }

/** Names are resolved as a path that begins with one is; they are entered and not listed. */
const namesOf = (view: ContentView): NamesPort => ({
  link: (name) => {
    try {
      return symlinkCid(utf8(`../ipfs/${view.cidOfName(name)}`))
    } catch (error) {
      if (isKitError(error, 'PATH_NOT_FOUND')) return undefined
      throw error
    }
  },
  list: () => [],
  prepare: () => Promise.resolve()
})

const logOf = ({ warn }: Run): Log => ({
  error: warn,
  warn,
  info: () => undefined,
  debug: () => undefined
})
