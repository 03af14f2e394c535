/** What an engine did lately, as counters that only grow: a reader takes the differences. */

/** Counters of a mount since it was made. */
export interface MountSample {
  readonly path: string
  readonly requests: number
  /** Requests that waited for content to be fetched or prepared. */
  readonly waited: number
  readonly errors: number
  /** Time in which requests were answered, in milliseconds. */
  readonly answerMs: number
}

/** Counters of the cache and of fetching since the engine opened them. */
export interface FetchSample {
  readonly memoryHits: number
  readonly diskHits: number
  readonly fetchedBlocks: number
  readonly fetchedBytes: number
}

export interface BackendSample {
  readonly name: string
  readonly requests: number
  readonly bytes: number
  readonly errors: number
  readonly answerMs: number
}

export interface ActivitySample {
  readonly time: string
  /** Resident memory of the engine, in bytes. */
  readonly memory: number
  /** Bytes of the store, null until they were counted; and free ones beside it. */
  readonly storeBytes: number | null
  readonly freeBytes: number
  readonly mounts: readonly MountSample[]
  readonly fetch: FetchSample | null
  readonly backends: readonly BackendSample[]
}

export interface Activity {
  /** Milliseconds between two samples. */
  readonly intervalMs: number
  /** The oldest first, over the last hour. */
  readonly samples: readonly ActivitySample[]
}

/** @param after the time of the last sample that is known. */
export type ReadActivity = (after?: string) => Activity
