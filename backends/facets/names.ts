/** Names that lead to content: their signed records, and the keys behind them. */
import type { Cid } from '../../src/core/cid.js'
import type { CallOptions } from './call.js'

export interface NameRecords {
  /**
   * Gives the IPNS records of a name, at least one, each of 10 KiB at most. Their signatures are
   * unverified, and none is known to be the newest.
   * @param name the CID of the key in base36.
   * @throws BLOCK_NOT_FOUND where no record is known, UNSUPPORTED where records cannot be asked for.
   */
  getNameRecords(name: string, options: CallOptions): Promise<readonly Uint8Array[]>
}

/** A key that the other side holds. */
export interface NamedKey {
  /** Its holder chose this text: it may hold any characters. */
  readonly name: string
  /** Its IPNS name, in any of the forms that IPNS names have. */
  readonly id: string
}

export interface Keys {
  /** Lists the keys that the other side holds, in no order. */
  listKeys(options: CallOptions): Promise<readonly NamedKey[]>
}

export interface NamePublishing {
  /**
   * Makes the name of a key lead to content, for 30 days. Makes the key where there is none of its name.
   * @returns the IPNS name, in any of the forms that IPNS names have.
   */
  publishName(key: string, cid: Cid, options: CallOptions): Promise<string>
}
