/** What the owner of a home does for everybody: publishes, pins, collects, checks. */
import type { FsckReport } from '../store/fsck.js'
import type { GcReport } from '../store/gc.js'
import type { Pin } from '../store/pins.js'
import type { ObjectId } from '../store/ports.js'

export interface CheckOptions {
  /** Reads and hashes every block. */
  readonly readData: boolean
  /** Takes what is damaged out of the index. */
  readonly repair: boolean
}

export interface CheckRun {
  readonly signal: AbortSignal
  /** Told bytes that were read since the last time. */
  readonly progress: (bytes: number) => void
}

export interface Owner {
  /** Makes a finished session visible and pins its roots, durably. */
  publish(session: ObjectId, pins: readonly Pin[]): Promise<void>
  addPins(pins: readonly Pin[]): Promise<void>
  removePins(cids: readonly string[]): Promise<void>
  /** @throws ABORTED, having changed nothing; INTEGRITY where what a pin reaches cannot be known. */
  collect(signal: AbortSignal): Promise<GcReport>
  check(options: CheckOptions, run: CheckRun): Promise<FsckReport>
  /** Lets go of the home, or of the connection to its owner. */
  close(): void
}
