/** `.ipfs-kit/stats.json`: what the engine says of itself, as files, one a snapshot. */
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import { snakeCased } from '../core/snake-case.js'
import type { EngineReport } from '../operations/engine-report.js'
import type { Snapshot, SnapshotPort } from '../../vfs/ports.js'

/** How long a snapshot is the newest. */
const FRESH_MS = 1000
/** Snapshots that can be read on: who opened one has this many seconds at least. */
const MAX_KEPT = 60

export class Snapshots implements SnapshotPort {
  readonly #report: () => EngineReport
  readonly #kept: Snapshot[] = []
  #serial = 0

  constructor(report: () => EngineReport) {
    this.#report = report
  }

  latest(): Snapshot {
    const newest = this.#kept.at(-1)
    const takenAt = Date.now()
    if (newest !== undefined && takenAt - newest.takenAt < FRESH_MS) return newest
    const told = { takenAt: new Date(takenAt).toISOString(), ...this.#report() }
    const bytes = utf8(`${JSON.stringify(snakeCased(told), null, 2)}\n`)
    const taken = { serial: ++this.#serial, bytes, takenAt }
    this.#kept.push(taken)
    if (this.#kept.length > MAX_KEPT) this.#kept.shift()
    return taken
  }

  at(serial: number): Snapshot {
    const found = this.#kept.find((one) => one.serial === serial)
    if (found === undefined) throw new KitError('STALE', `snapshot ${serial} was let go of`)
    return found
  }
}

/** On every other thread: the main thread answers. */
export const SNAPSHOTS_ON_MAIN_THREAD: SnapshotPort = {
  latest: () => {
    throw new NotReady({ type: 'tree', tree: '.ipfs-kit', what: 'latest' })
  },
  at: (serial) => {
    throw new NotReady({ type: 'tree', tree: '.ipfs-kit', what: String(serial) })
  }
}
