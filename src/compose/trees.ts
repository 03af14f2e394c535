/** The top-level folders of a mount. A new folder is a file in `vfs/trees` and a line here. */
import type { Content } from '../content/content.js'
import type { PinsView } from '../store/pins-view.js'
import type {
  DatasetsPort,
  NamesPort,
  ResultsPort,
  SavedFilesPort,
  SnapshotPort
} from '../../vfs/ports.js'
import type { Tree } from '../../vfs/tree.js'
import { DatasetsTree } from '../../vfs/trees/datasets.js'
import { IpfsTree } from '../../vfs/trees/ipfs.js'
import { IpnsTree } from '../../vfs/trees/ipns.js'
import { KitTree } from '../../vfs/trees/kit.js'
import { QueriesTree } from '../../vfs/trees/queries.js'

export interface TreeParts {
  readonly content: Content
  readonly pins: PinsView
  readonly names: NamesPort
  readonly snapshots: SnapshotPort
  readonly datasets: DatasetsPort
  readonly queries: SavedFilesPort
  readonly results: ResultsPort
}

export const treesOf = ({
  content,
  pins,
  names,
  snapshots,
  datasets,
  queries,
  results
}: TreeParts): Tree[] => [
  new IpfsTree(content, pins),
  new IpnsTree(content, names),
  new DatasetsTree(content, datasets),
  new QueriesTree(content, queries, results),
  new KitTree(snapshots)
]
