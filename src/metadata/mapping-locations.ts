/** Where backends keep copies, in the words of the index. */
import type { Settings } from './patch.js'
import type { S3Location, StorageKind, StorageLocations } from './record.js'

/** A copy on a backend, as its mapping tells of it. */
export interface IndexedCopy {
  /** Type of the backend, and its options that are no secrets. */
  readonly type: string
  readonly options: Readonly<Record<string, string>>
  readonly backend: string
  readonly carPath: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly isStored: boolean
}

/** The kind of storage that a type of backend is; others are counted as copies alone. */
const KINDS: Readonly<Record<string, StorageKind>> = {
  s3: 's3',
  storacha: 'storacha',
  huggingface: 'huggingface_hub',
  filecoin: 'filecoin',
  ipfs_cluster: 'ipfs_cluster',
  kubo: 'ipfs',
  pinning_service: 'ipfs',
  gateway: 'ipfs'
}

/** Returns the kind of storage of a type of backend; undefined where the index has none for it. */
export const storageKind = (type: string): StorageKind | undefined =>
  Object.hasOwn(KINDS, type) ? KINDS[type] : undefined

/** Returns what the index is told of all copies of a pin. */
export function copySettings(copies: readonly IndexedCopy[]): Settings {
  const stored = copies.filter(({ isStored }) => isStored)
  const of = (kind: StorageKind): readonly IndexedCopy[] =>
    stored.filter(({ type }) => storageKind(type) === kind)
  const [storacha, hub, filecoin] = [of('storacha')[0], of('huggingface_hub')[0], of('filecoin')[0]]
  const cluster = of('ipfs_cluster')
  const s3 = of('s3').map(s3Location)
  const storage_locations: Partial<StorageLocations> = {
    s3: s3.length === 0 ? null : s3,
    storacha: storacha === undefined ? null : { car_cid: null, upload_id: null, space_did: storacha.options['space'] ?? null, stored_timestamp: timeOf(storacha) }, // prettier-ignore
    huggingface_hub: hub === undefined ? null : { repo_id: hub.options['repo'] ?? null, repo_type: hub.options['repo_type'] ?? null, file_path: nameOf(hub), revision: hub.options['branch'] ?? hub.options['revision'] ?? null, commit_hash: null }, // prettier-ignore
    filecoin: filecoin === undefined ? null : { deal_id: null, providers: null, replication_factor: of('filecoin').length, deal_expiration: null, verified_deal: null }, // prettier-ignore
    ipfs_cluster: cluster.length === 0 ? null : { pinned: true, replication_factor: cluster.length, allocation_nodes: cluster.map(({ backend }) => backend), pin_status: 'pinned' } // prettier-ignore
  }
  return { replication: stored.length, storage_locations }
}

const s3Location = (copy: IndexedCopy): S3Location => ({
  provider: copy.options['provider'] ?? copy.backend,
  region: copy.options['region'] ?? null,
  bucket: copy.options['bucket'] ?? null,
  key: nameOf(copy),
  storage_class: null,
  etag: null,
  version_id: null
})

/** Returns the name of an archive in its bucket or repository. */
const nameOf = ({ carPath }: IndexedCopy): string =>
  carPath.replace(/^\/+/, '').split('/').slice(1).join('/')

function timeOf({ createdAt }: IndexedCopy): number | null {
  const ms = Date.parse(createdAt)
  return Number.isNaN(ms) ? null : ms
}
