/** What the thread that reads a repository is told, and answers. */

/** Paths to read, and what becomes of each: bytes, `missing`, or what is wrong. */
export interface RepoRequest {
  readonly id: number
  readonly paths: readonly string[]
}

export interface RepoAnswer {
  readonly id: number
  readonly blocks: readonly (Uint8Array | string)[]
}

export const MISSING = 'missing'
