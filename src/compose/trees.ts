/** The top-level folders of a mount. A new folder is a file in `vfs/trees` and a line here. */
import type { Content } from '../content/content.js'
import type { PinsView } from '../store/pins-view.js'
import type {
  DatasetsPort,
  HomeFilesPort,
  NamesPort,
  ResultsPort,
  SavedFilesPort,
  SnapshotPort,
  SnapshotsPort
} from '../../vfs/ports.js'
import type { Tree } from '../../vfs/tree.js'
import { DatasetsTree } from '../../vfs/trees/datasets.js'
import { IpfsTree } from '../../vfs/trees/ipfs.js'
import { IpnsTree } from '../../vfs/trees/ipns.js'
import { KitTree } from '../../vfs/trees/kit.js'
import { MetadataTree } from '../../vfs/trees/metadata.js'
import { QueriesTree } from '../../vfs/trees/queries.js'

export interface TreeParts {
  readonly content: Content
  readonly pins: PinsView
  readonly names: NamesPort
  readonly snapshots: SnapshotPort
  readonly datasets: DatasetsPort
  readonly queries: SavedFilesPort
  readonly results: ResultsPort
  readonly metadata: SnapshotsPort
  readonly homeFiles: HomeFilesPort
}

export const treesOf = ({
  content,
  pins,
  names,
  snapshots,
  datasets,
  queries,
  results,
  metadata,
  homeFiles
}: TreeParts): Tree[] => [
  new IpfsTree(content, pins),
  new IpnsTree(content, names),
  new DatasetsTree(content, datasets),
  new QueriesTree(content, queries, results),
  new MetadataTree(metadata, homeFiles),
  new KitTree(snapshots)
]
