/**
 * A backend: somebody else who holds content. What it gives is never believed: every byte is hashed
 * against its CID before anybody sees it.
 */
import type { CallOptions } from './facets/call.js'
import type { Facets } from './facets/facets.js'
import type { BlockFolder } from './flatfs.js'

export interface BackendHealth {
  /** A line in which the other side says what it is, for people. */
  readonly version: string
}

export interface Backend {
  readonly name: string
  readonly type: string
  /** The facets that it offers. `facetOf` refuses the others with UNSUPPORTED. */
  readonly facets: Facets
  /** The folder of its blocks on this machine, which any thread of this process may read. */
  readonly folder?: BlockFolder | undefined

  /** Says where on this machine it may keep what can be had again, such as indexes. */
  keepIn?(folder: string): void

  /** Asks whether the other side is there at all. */
  health(options: CallOptions): Promise<BackendHealth>

  /** Lets go of connections. Every call after it rejects with CLOSED. */
  close(): Promise<void>
}
