/**
 * Pins that the other side keeps: a pinned DAG, which is a root with everything below it, survives
 * its garbage collection. A pin is named by the CID of its root. Who fetches content by itself offers
 * `remotePins`; who takes it as an archive offers `carUploads` (car-uploads.ts).
 */
import type { Cid } from '../../src/core/cid.js'
import type { CallOptions } from './call.js'

/**
 * `queued`: taken, and not begun. `pinning`: it is being fetched or stored, and may be there in part.
 * `pinned`: whole, and kept. `failed`: the other side has given up; `recover` makes it try again.
 * `unknown`: it knows of the pin, and does not say how that stands.
 */
export const PIN_STATES = ['queued', 'pinning', 'pinned', 'failed', 'unknown'] as const
export type PinState = (typeof PIN_STATES)[number]

/** One of several who keep a pin. */
export interface PinHolder {
  /** A name by which the other side knows it, escaped. */
  readonly name: string
  readonly state: PinState
  /** What it says of its state, escaped; empty where it says nothing. */
  readonly details: string
}

export interface PinStatus {
  readonly state: PinState
  /** The name of the pin, escaped; empty for none. */
  readonly name: string
  /** What the other side says of the state, such as why it failed, escaped; empty for nothing. */
  readonly details: string
  /** Multiaddrs of nodes to connect to, so that they get what they lack sooner. */
  readonly delegates: readonly string[]
  /** Those who keep it, where the other side has members and says so; empty elsewhere. */
  readonly holders: readonly PinHolder[]
}

export interface ListedPin extends PinStatus {
  readonly cid: Cid
}

/** What is asked for with a pin. */
export interface PinRequest {
  /** A name for people, of 255 characters at most. */
  readonly name?: string | undefined
  /** Multiaddrs of nodes that have the content, of which the first twenty count. */
  readonly origins?: readonly string[] | undefined
}

/** Looks at pins. It changes nothing. */
export interface PinStates {
  /**
   * Tells how a pin stands; undefined where the DAG is not pinned by itself, and not only as a part
   * of another.
   */
  statusOf(cid: Cid, options: CallOptions): Promise<PinStatus | undefined>

  /**
   * Lists all pins, in no order, each once unless it changes meanwhile. It ends with an error where
   * the list is cut short: a pin that is missing from a whole list is not there.
   */
  listPins(options: CallOptions): AsyncIterable<ListedPin>
}

/** Asks for pins by their CIDs. The other side fetches what it lacks, if it may. */
export interface RemotePins {
  /**
   * Asks for a pin, and resolves when that is taken: `statusOf` tells what becomes of it. Asking
   * for a DAG that is pinned, or about to be, changes nothing; one that failed is tried again.
   * @throws BLOCK_NOT_FOUND where it is said at once that a block is missing and cannot be fetched,
   * QUOTA.
   */
  pin(cid: Cid, request: PinRequest, options: CallOptions): Promise<PinStatus>

  /**
   * Pins a DAG in the place of another, which is released: what both share is fetched once. Where
   * `from` is not pinned, this is `pin`.
   * @throws as `pin`; `from` stays pinned then.
   */
  replace(from: Cid, to: Cid, request: PinRequest, options: CallOptions): Promise<PinStatus>

  /**
   * Lets a pin that failed be tried again, wherever it is kept; others stay as they are.
   * @returns undefined where the DAG is not pinned.
   */
  recover(cid: Cid, options: CallOptions): Promise<PinStatus | undefined>
}

export interface PinRemoval {
  /** Releases a pin, in whatever state. Releasing one that is not there is no error. */
  unpin(cid: Cid, options: CallOptions): Promise<void>
}
