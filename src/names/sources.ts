/** Sources of names: backends that have IPNS records, and backends that hold keys. */
import type { Keys, NameRecords } from '../../backends/facets/names.js'

/** A source of IPNS records; a missing record rejects with BLOCK_NOT_FOUND. */
export interface RecordSource extends NameRecords {
  readonly name: string
}

/** A holder of keys under local names, such as a Kubo node. */
export interface KeySource extends Keys {
  readonly name: string
}
