/** Where the records and buckets of the index lie, and which bucket a key has. */
import { RECORD_BYTES } from './record-entry.js'

/**
 * The table grows by chunks, each of buckets and then records, so that its file is as long as what
 * it holds. Two buckets for a record keep most chains at one record or none.
 */
export const CHUNK_RECORDS = 4096
export const CHUNK_BUCKETS = 8192
const RECORD_WORDS = RECORD_BYTES / 4
const CHUNK_WORDS = CHUNK_BUCKETS + CHUNK_RECORDS * RECORD_WORDS
export const CHUNK_BYTES = CHUNK_WORDS * 4

/** Returns the number of chunks for records up to an id. */
export const chunksFor = (record: number): number => chunkOf(record) + 1

/** Returns the chunk of a record. */
export const chunkOf = (record: number): number => record >>> 12

/** Returns the chunk of a bucket. */
export const chunkOfBucket = (bucket: number): number => bucket >>> 13

/** Returns the words before a record, from the first chunk. */
export const recordOffset = (record: number): number =>
  (record >>> 12) * CHUNK_WORDS + CHUNK_BUCKETS + (record & (CHUNK_RECORDS - 1)) * RECORD_WORDS

/** Returns the words before a bucket, from the first chunk. */
export const bucketOffset = (bucket: number): number =>
  (bucket >>> 13) * CHUNK_WORDS + (bucket & (CHUNK_BUCKETS - 1))

/**
 * Returns the bucket of a key by linear hashing: k bits of the key choose one of 2^k buckets, or
 * one bit less where there are not as many yet.
 */
export function bucketOf(key: Uint8Array, buckets: number): number {
  const hash = key[8]! | (key[9]! << 8) | (key[10]! << 16) | (key[11]! << 24)
  const mask = 2 ** (32 - Math.clz32(buckets - 1)) - 1
  const bucket = hash & mask
  return bucket < buckets ? bucket : bucket & (mask >>> 1)
}

/** The file behind a table. */
export interface TableFile {
  /** Returns the number of chunks that the file has; memory beyond them must not be touched. */
  chunks(): number
  /** Makes the file longer. @returns false if the disk is full. */
  addChunk(): boolean
}
