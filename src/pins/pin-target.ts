/** The contract of whatever keeps pins on a backend. */
import type { ArchiveBlocks } from '../content/archive-blocks.js'
import type { Mapping } from './mapping.js'

export interface TargetOptions {
  readonly signal: AbortSignal
  /** Receives the bytes that were transferred since the last call. */
  readonly onBytes: (count: number) => void
  /** Receives the bytes of a transfer that begins, where they are known. */
  readonly onTotal: (bytes: number) => void
}

/** What a backend has of a pin, by its own word. */
export interface Kept {
  /** Bytes of the archive; undefined where the backend does not tell. */
  readonly size: number | undefined
  /** Whether it is whole already, and not still being fetched by the backend. */
  readonly isWhole: boolean
  /** What the backend says of it; empty for nothing. */
  readonly details: string
}

export interface Stored extends Kept {
  /** Number of blocks; undefined where they were not counted. */
  readonly blocks: number | undefined
}

/** Looks at pins, and changes nothing. */
export interface PinFinder {
  /** Looks whether a pin is there; undefined where the backend says that it is not. */
  find(mapping: Mapping, options: TargetOptions): Promise<Kept | undefined>
  /**
   * Reads the whole pin and hashes every byte.
   * @throws INTEGRITY, CORRUPT_FORMAT, BLOCK_NOT_FOUND where it is not whole; UNSUPPORTED where the
   * backend gives nothing back.
   */
  check(mapping: Mapping, options: TargetOptions): Promise<void>
}

export interface PinTarget extends PinFinder {
  /** Whether the backend may take a pin now, and have it whole some time later. */
  readonly isSlow: boolean
  /**
   * Stores a pin; visible whole or not at all. Storing one that is there replaces it.
   * @throws what the backend and the source of the blocks throw.
   */
  store(mapping: Mapping, blocks: ArchiveBlocks, options: TargetOptions): Promise<Stored>
  /** Removes a pin. Removing one that is not there is no error. */
  remove(mapping: Mapping, options: TargetOptions): Promise<void>
}
