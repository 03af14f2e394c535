/** Names as the gateway asks for them. */
import type { Cid } from '../core/cid.js'

export interface ResolvedName {
  readonly cid: Cid
  /** For how many ms the answer may be kept. */
  readonly ttlMs: number
}

export interface NameRecord {
  readonly bytes: Uint8Array
  readonly ttlMs: number
}

export interface GatewayNames {
  /**
   * Returns what a key or a domain leads to; undefined where it leads nowhere.
   * @throws INTEGRITY, BACKEND_UNAVAILABLE, TIMEOUT.
   */
  resolve(name: string, signal: AbortSignal): Promise<ResolvedName | undefined>
  /** Returns the signed record of a key; undefined where none is known. */
  record(name: string, signal: AbortSignal): Promise<NameRecord | undefined>
}
