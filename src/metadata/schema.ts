/** The columns of the index, their types and their order; codec, Parquet files, predicates and SQL follow this table. */

export type ColumnType =
  | { readonly kind: 'string' | 'bool' | 'float' | 'time' | 'map' }
  /** Signed, of 8, 16, 32 or 64 bits. */
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64 }
  | { readonly kind: 'list'; readonly of: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly Column[] }

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

const string: ColumnType = { kind: 'string' }
const bool: ColumnType = { kind: 'bool' }
const time: ColumnType = { kind: 'time' }
const map: ColumnType = { kind: 'map' }
const int = (bits: 8 | 16 | 32 | 64): ColumnType => ({ kind: 'int', bits })
const list = (of: ColumnType): ColumnType => ({ kind: 'list', of })
const struct = (fields: Readonly<Record<string, ColumnType>>): ColumnType => ({
  kind: 'struct',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type }))
})
const texts = list(string)

const STORAGE_LOCATIONS = struct({
  ipfs: struct({ pinned: bool, pin_types: texts, local: bool, gateway_urls: texts }),
  ipfs_cluster: struct({
    pinned: bool,
    replication_factor: int(8),
    allocation_nodes: texts,
    pin_status: string
  }),
  libp2p: struct({ peers: texts, protocols: texts, multiaddrs: texts }),
  storacha: struct({
    car_cid: string,
    upload_id: string,
    space_did: string,
    stored_timestamp: time
  }),
  s3: list(
    struct({
      provider: string,
      region: string,
      bucket: string,
      key: string,
      storage_class: string,
      etag: string,
      version_id: string
    })
  ),
  filecoin: struct({
    deal_id: string,
    providers: texts,
    replication_factor: int(8),
    deal_expiration: time,
    verified_deal: bool
  }),
  huggingface_hub: struct({
    repo_id: string,
    repo_type: string,
    file_path: string,
    revision: string,
    commit_hash: string
  })
})

const INDEX = struct({
  cid: string,
  cid_version: int(8),
  multihash_type: string,
  size_bytes: int(64),
  blocks: int(32),
  links: int(32),
  mime_type: string,
  local: bool,
  pinned: bool,
  pin_types: texts,
  replication: int(16),
  created_at: time,
  last_accessed: time,
  access_count: int(32),
  path: string,
  filename: string,
  extension: string,
  tags: texts,
  metadata: struct({
    title: string,
    description: string,
    creator: string,
    source: string,
    license: string
  }),
  properties: map,
  storage_locations: STORAGE_LOCATIONS,
  heat_score: { kind: 'float' },
  current_tier: string,
  updated_at: time,
  node: string
})

export const COLUMNS: readonly Column[] = INDEX.kind === 'struct' ? INDEX.fields : []

/** A whole record as one type. */
export const RECORD: ColumnType = INDEX

export const COLUMN_NAMES: readonly string[] = COLUMNS.map(({ name }) => name)

/** Returns the type in DuckDB's SQL. */
export function sqlType(type: ColumnType): string {
  switch (type.kind) {
    case 'string':
      return 'VARCHAR'
    case 'bool':
      return 'BOOLEAN'
    case 'float':
      return 'FLOAT'
    case 'time':
      return 'TIMESTAMP WITH TIME ZONE'
    case 'map':
      return 'MAP(VARCHAR, VARCHAR)'
    case 'int':
      return { 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' }[type.bits]
    case 'list':
      return `${sqlType(type.of)}[]`
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `"${field.name}" ${sqlType(field.type)}`).join(', ')})`
  }
}
