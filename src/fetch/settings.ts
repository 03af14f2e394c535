/** Settings of an engine about its cache and about fetching. */
export interface FetchSettings {
  /** Bytes of the disk tier. */
  readonly disk: number
  /** Bytes of the memory tier. */
  readonly memory: number
  /** Largest block that is kept in memory, in bytes. */
  readonly maxItem: number
  /** Accesses after which a block is kept in memory. */
  readonly minAccessCount: number
  /** Whether fetching is switched off. */
  readonly offline: boolean
  /** How domains are resolved: `off`, `system`, or the address of a server. */
  readonly resolver: string
}
