/** What the API's document leaves open: reports, as `ipfs-kit daemon status --json` prints them. */
export interface Mount {
  readonly path: string
  readonly driver: string
  readonly open: string
  readonly requests: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  readonly waiting: number
}

export interface Tier {
  readonly used: number
  readonly capacity: number
  readonly blocks: number
  readonly hits: number
  readonly bytes: number
}

export interface CacheFigures {
  readonly memory: Tier
  readonly disk: Tier
  readonly blocks: number
  readonly corrupt: number
  readonly evicted: number
}

export interface BackendReport {
  readonly name: string
  readonly type: string
  readonly state: 'up' | 'down' | 'unknown'
  readonly average_ms: number | null
  readonly requests: number
  readonly bytes: number
  readonly errors: number
  readonly corrupt: number
  readonly last_error: string | null
}

export interface Engine {
  readonly version: string
  readonly pid: number
  readonly started_at: string
  readonly warnings: readonly string[]
  readonly ports: readonly {
    readonly name: string
    readonly url: string | null
    readonly fault: string | null
  }[]
  readonly memory: { readonly resident: number }
  readonly mounts: readonly Mount[]
  readonly configured: readonly { readonly path: string; readonly mounted?: boolean }[]
  readonly store: {
    readonly blocks: number
    readonly bytes: number | null
    readonly pins: number
    readonly free_bytes: number
    readonly last_gc_at: string | null
    readonly scrub: {
      readonly hashed_since: string | null
      readonly damaged_blocks: number
      readonly healed_blocks: number
    }
  }
  readonly remote: {
    readonly cache: CacheFigures
    readonly backends: readonly BackendReport[]
  } | null
}

export interface Backend {
  readonly name: string
  readonly type: string
  readonly priority: number
  readonly read_only: boolean
  readonly report: BackendReport | null
}
