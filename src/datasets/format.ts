/**
 * The formats of datasets, by their names. What decides about the bytes of a part is in the name: other
 * versions of DuckDB, or another rule of cutting, write other bytes and so have another name.
 */
import type { CutRule } from '../query/ports.js'

/** The format of a version's block. */
export const VERSION_FORMAT = 'ipfs-kit-dataset/1'

/** The version of DuckDB that writes parts; it stands in their footers, too. */
export const WRITER = 'duckdb-1.5.6/zstd/cut-1'

/** The writer of data that was there before it became a dataset. */
export const FOREIGN_WRITER = 'as-found'

export const CUT: CutRule = {
  parts: 128,
  leastRows: 4096,
  mostRows: 131_072,
  mostBytes: 64 << 20
}

/** Bytes of a leaf of a part. Parts that are larger lie in contiguous files of their own. */
export const PART_LEAF = 256 * 1024

/** The file of each folder of a version's data. */
export const DATA_FILE = 'data.parquet'
