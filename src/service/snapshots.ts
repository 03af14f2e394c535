/** Provides `.ipfs-kit/stats.json`: reports of the engine as files, one for each snapshot. */
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { printableJson } from '../core/printable.js'
import { snakeCased } from '../core/snake-case.js'
import type { EngineReport } from '../operations/engine-report.js'
import type { Snapshot, SnapshotPort } from '../../vfs/ports.js'

/** How long a snapshot counts as the newest. */
const FRESH_MS = 1000
/**
 * Snapshots that can still be read: at one a second, an opened file lasts this many seconds at
 * least.
 */
const MAX_KEPT = 60

export class Snapshots implements SnapshotPort {
  readonly #report: () => EngineReport
  readonly #kept: Snapshot[] = []
  #serial = 0

  constructor(report: () => EngineReport) {
    this.#report = report
  }

  /** Returns the newest snapshot, taking one where it is too old. */
  latest(): Snapshot {
    const newest = this.#kept.at(-1)
    const takenAt = Date.now()
    if (newest !== undefined && takenAt - newest.takenAt < FRESH_MS) return newest
    const report = { takenAt: new Date(takenAt).toISOString(), ...this.#report() }
    const bytes = utf8(`${printableJson(snakeCased(report), 2)}\n`)
    const snapshot = { serial: ++this.#serial, bytes, takenAt }
    this.#kept.push(snapshot)
    if (this.#kept.length > MAX_KEPT) this.#kept.shift()
    return snapshot
  }

  /** Returns an earlier snapshot. @throws STALE when it was discarded. */
  at(serial: number): Snapshot {
    const found = this.#kept.find((one) => one.serial === serial)
    if (found === undefined) throw new KitError('STALE', `snapshot ${serial} is no longer kept`)
    return found
  }
}

/** For every other thread, where the request is passed to the main thread. */
export const SNAPSHOTS_ON_MAIN_THREAD: SnapshotPort = {
  latest: () => {
    throw new NotReady({ type: 'tree', tree: '.ipfs-kit', what: 'latest' })
  },
  at: (serial) => {
    throw new NotReady({ type: 'tree', tree: '.ipfs-kit', what: String(serial) })
  }
}
