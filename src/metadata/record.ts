/** A record of the index: what is known of one CID. Names are those of the columns; times are ms since 1970. */

export interface IpfsLocation {
  readonly pinned: boolean | null
  readonly pin_types: readonly string[] | null
  readonly local: boolean | null
  readonly gateway_urls: readonly string[] | null
}

export interface ClusterLocation {
  readonly pinned: boolean | null
  readonly replication_factor: number | null
  readonly allocation_nodes: readonly string[] | null
  readonly pin_status: string | null
}

export interface Libp2pLocation {
  readonly peers: readonly string[] | null
  readonly protocols: readonly string[] | null
  readonly multiaddrs: readonly string[] | null
}

export interface StorachaLocation {
  readonly car_cid: string | null
  readonly upload_id: string | null
  readonly space_did: string | null
  readonly stored_timestamp: number | null
}

export interface S3Location {
  readonly provider: string | null
  readonly region: string | null
  readonly bucket: string | null
  readonly key: string | null
  readonly storage_class: string | null
  readonly etag: string | null
  readonly version_id: string | null
}

export interface FilecoinLocation {
  readonly deal_id: string | null
  readonly providers: readonly string[] | null
  readonly replication_factor: number | null
  readonly deal_expiration: number | null
  readonly verified_deal: boolean | null
}

export interface HuggingFaceLocation {
  readonly repo_id: string | null
  readonly repo_type: string | null
  readonly file_path: string | null
  readonly revision: string | null
  readonly commit_hash: string | null
}

export interface StorageLocations {
  readonly ipfs: IpfsLocation | null
  readonly ipfs_cluster: ClusterLocation | null
  readonly libp2p: Libp2pLocation | null
  readonly storacha: StorachaLocation | null
  readonly s3: readonly S3Location[] | null
  readonly filecoin: FilecoinLocation | null
  readonly huggingface_hub: HuggingFaceLocation | null
}

export type StorageKind = keyof StorageLocations

/** What people say of content. */
export interface Described {
  readonly title: string | null
  readonly description: string | null
  readonly creator: string | null
  readonly source: string | null
  readonly license: string | null
}

export const DESCRIBED = ['title', 'description', 'creator', 'source', 'license'] as const

export interface IndexRecord {
  readonly cid: string
  readonly cid_version: number | null
  readonly multihash_type: string | null
  readonly size_bytes: number | null
  readonly blocks: number | null
  readonly links: number | null
  readonly mime_type: string | null
  readonly local: boolean | null
  readonly pinned: boolean | null
  readonly pin_types: readonly string[] | null
  readonly replication: number | null
  readonly created_at: number | null
  readonly last_accessed: number | null
  readonly access_count: number | null
  readonly path: string | null
  readonly filename: string | null
  readonly extension: string | null
  readonly tags: readonly string[] | null
  readonly metadata: Described | null
  readonly properties: Readonly<Record<string, string>> | null
  readonly storage_locations: StorageLocations | null
  /** As of the last change; `heatOf` tells it of a moment. */
  readonly heat_score: number | null
  readonly current_tier: string | null
  /** When what other nodes are told of the content changed last, by the clock of `node`. */
  readonly updated_at: number | null
  /** The node that said so; null for this one. */
  readonly node: string | null
}
