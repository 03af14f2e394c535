/**
 * A backend: somebody else who holds content. What it gives is never believed: every byte is hashed
 * against its CID before anybody sees it.
 */
import type { CallOptions } from './facets/call.js'
import type { Facets } from './facets/facets.js'
import type { BlockFolder } from './flatfs.js'

export interface BackendHealth {
  /** What the other side says it is, for people. */
  readonly version: string
}

export interface Backend {
  readonly name: string
  readonly type: string
  /** What it offers. `facetOf` refuses the rest with UNSUPPORTED. */
  readonly facets: Facets
  /** Where its blocks lie on this machine, for any thread of this process to read. */
  readonly folder?: BlockFolder | undefined

  /** Asks whether the other side is there at all. */
  health(options: CallOptions): Promise<BackendHealth>

  /** Lets go of connections. Every call after it rejects with CLOSED. */
  close(): Promise<void>
}
