/** The streams that other processes read, and the columns of each, in their order. */

/** Timestamps are whole seconds since 1970. */
export type ColumnType = 'string' | 'int64' | 'int32' | 'float64' | 'bool' | 'timestamp_s'

export type Columns = Readonly<Record<string, ColumnType>>

export const STREAMS = {
  pin_index: {
    cid: 'string',
    name: 'string',
    size_bytes: 'int64',
    pin_type: 'string',
    timestamp: 'timestamp_s',
    metadata: 'string',
    backend: 'string',
    replication_factor: 'int32',
    verified: 'bool',
    last_access: 'timestamp_s'
  },
  metrics: {
    metric_name: 'string',
    metric_value: 'float64',
    metric_type: 'string',
    timestamp: 'timestamp_s',
    tags: 'string'
  },
  vfs_stats: {
    path: 'string',
    size_bytes: 'int64',
    file_count: 'int64',
    last_modified: 'timestamp_s',
    access_count: 'int64',
    cache_hit_ratio: 'float64'
  },
  backend_health: {
    backend_name: 'string',
    status: 'string',
    response_time_ms: 'float64',
    last_check: 'timestamp_s',
    error_count: 'int64',
    success_rate: 'float64'
  }
} as const satisfies Readonly<Record<string, Columns>>

export type StreamName = keyof typeof STREAMS

export const isStreamName = (name: string): name is StreamName => Object.hasOwn(STREAMS, name)

/** The value of a column in JavaScript; null where it is not known. */
type CellOf<T extends ColumnType> =
  (T extends 'string' ? string : T extends 'bool' ? boolean : number) | null

export type RowOf<C extends Columns> = { readonly [K in keyof C]: CellOf<C[K]> }

export type PinIndexRow = RowOf<(typeof STREAMS)['pin_index']>

/** A row of any stream. */
export type Row = Readonly<Record<string, string | number | boolean | null>>
