/** The messages between a backend and the thread that reads its repository. */

/** Paths to read, in one message for all that are asked for at once. */
export interface RepoRequest {
  readonly id: number
  readonly paths: readonly string[]
}

/** A block that was not read. */
export interface RepoFailure {
  /** UNSUPPORTED and TOO_LARGE where something lies there that cannot be the block. */
  readonly code: 'BLOCK_NOT_FOUND' | 'IO' | 'UNSUPPORTED' | 'TOO_LARGE'
  readonly reason: string
}

/** For each path its block, or why there is none. */
export interface RepoAnswer {
  readonly id: number
  readonly blocks: readonly (Uint8Array | RepoFailure)[]
}
