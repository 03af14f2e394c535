/** What an engine is told of what is elsewhere, and of its cache. */
export interface FetchSettings {
  /** Bytes of the disk tier. */
  readonly disk: number
  /** Bytes of the memory tier. */
  readonly memory: number
  /** Largest block that is kept in memory. */
  readonly maxItem: number
  /** What is asked for this often is kept in memory. */
  readonly minAccessCount: number
  /** Whether nothing may be fetched. */
  readonly offline: boolean
  /** Who resolves domains: `off`, `system`, or the address of a server. */
  readonly resolver: string
}
