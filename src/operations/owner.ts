/** The interface of a home's owner, the only process that may change the store. */
import type { FsckReport } from '../store/fsck.js'
import type { GcReport } from '../store/gc.js'
import type { Pin } from '../store/pins.js'
import type { IndexPatch } from '../metadata/patch.js'
import type { PinRecord, Recorded } from './pin-records.js'
import type { ObjectId } from '../store/ports.js'

export interface CheckOptions {
  /** Reads and hashes every block. */
  readonly readData: boolean
  /** Removes damaged blocks from the index. */
  readonly repair: boolean
}

export interface CheckRun {
  readonly signal: AbortSignal
  /** Receives the bytes read since the last call. */
  readonly progress: (bytes: number) => void
}

/** The connection to an owner that lasts as long as somebody runs operations. */
export interface Attendance {
  /** Resolves when it has ended, whichever side ended it. */
  readonly ended: Promise<void>
  end(): void
}

export interface Owner {
  /**
   * Makes a finished session visible and pins its roots, durably.
   * @param unpinned roots that are not pinned, which those who watch are told of.
   */
  publish(session: ObjectId, pins: readonly Pin[], unpinned?: readonly string[]): Promise<void>
  addPins(pins: readonly Pin[]): Promise<void>
  removePins(cids: readonly string[]): Promise<void>
  /**
   * Collects garbage.
   * @throws ABORTED, having changed nothing; INTEGRITY where what a pin reaches cannot be
   * determined.
   */
  collect(signal: AbortSignal): Promise<GcReport>
  /** Tells what `collect` would do, and does nothing. @throws as `collect`. */
  survey(signal: AbortSignal): Promise<GcReport>
  /** Checks the store. @throws CORRUPT_FORMAT, ABORTED. */
  check(options: CheckOptions, run: CheckRun): Promise<FsckReport>
  /**
   * Makes operations that failed, were cancelled or wait for their next try pending and due.
   * @throws PATH_NOT_FOUND, INVALID_ARGUMENT: then nothing is done.
   */
  retryOperations(ids: readonly string[]): Promise<void>
  /** Gives up operations that are not finished, or failed. @throws as `retryOperations`. */
  cancelOperations(ids: readonly string[]): Promise<void>
  /**
   * Records work on backends durably, and what it changes in the mappings of pins.
   * @returns the id of the operation that each step begins, null for one that begins none, or why it was refused.
   */
  recordPins(records: readonly PinRecord[]): Promise<readonly Recorded[]>
  /**
   * Stays with the owner as one who runs operations: hears of those of its own that are given up, and makes those that it
   * leaves running due again. Undefined for an owner that is none of another process.
   */
  attend?(runner: string, onCancelled: (id: string) => void): Attendance
  /** Brings the files of mappings up to date where that is quick; the log holds what is left. */
  settlePins(): Promise<void>
  /** Changes records of the metadata index durably. */
  recordIndex(patches: readonly IndexPatch[]): Promise<void>
  /** Writes the index's files where many changes wait; with `all`, where any does. */
  settleIndex(all: boolean): Promise<void>
  /** Releases the home, or closes the connection to its owner. */
  close(): void
}
