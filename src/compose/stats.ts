/** `.ipfs-kit/stats.json`: what the engine says of itself, as a file. */
import { utf8 } from '../core/bytes.js'
import type { EngineReport } from '../daemon/report.js'
import type { Stats, StatsPort } from '../../vfs/ports.js'

/** How long a snapshot is good. */
const FRESH_MS = 1000

export class StatsText implements StatsPort {
  readonly #report: () => EngineReport
  #last: Stats | undefined

  constructor(report: () => EngineReport) {
    this.#report = report
  }

  stats(fresh: boolean): Stats {
    const last = this.#last
    if (last !== undefined && (!fresh || Date.now() - last.takenAt < FRESH_MS)) return last
    const takenAt = Date.now()
    const told = { taken_at: new Date(takenAt).toISOString(), ...this.#report() }
    const text = `${JSON.stringify(told, null, 2)}\n`
    // Never of the length of the one before: a changed size makes the kernel read it anew.
    const bytes = utf8(Buffer.byteLength(text) === last?.bytes.length ? `${text}\n` : text)
    return (this.#last = { bytes, takenAt })
  }
}
