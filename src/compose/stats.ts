/** `.ipfs-kit/stats.json`: what the engine says of itself, as a file. */
import { utf8 } from '../core/bytes.js'
import type { EngineReport } from '../daemon/report.js'
import type { Stats, StatsPort } from '../../vfs/ports.js'

/** How long a snapshot is good. */
const FRESH_MS = 1000
/** How long after a read another one is expected, and when it is taken anew whatever is read. */
const READING_MS = 100
const STALE_MS = 5000

export class StatsText implements StatsPort {
  readonly #report: () => EngineReport
  #last: Stats | undefined
  #readAt = 0

  constructor(report: () => EngineReport) {
    this.#report = report
  }

  /** Who reads it in parts shall have parts of one moment; but nobody can hold on to one for long. */
  #isOld({ takenAt }: Stats, now: number): boolean {
    const age = now - takenAt
    return age > STALE_MS || (age >= FRESH_MS && now - this.#readAt > READING_MS)
  }

  stats(fresh: boolean): Stats {
    const last = this.#last
    const takenAt = Date.now()
    if (!fresh) this.#readAt = takenAt
    if (last !== undefined && (!fresh || !this.#isOld(last, takenAt))) return last
    const told = { taken_at: new Date(takenAt).toISOString(), ...this.#report() }
    const text = `${JSON.stringify(told, null, 2)}\n`
    // Never of the length of the one before: a changed size makes the kernel read it anew.
    const bytes = utf8(Buffer.byteLength(text) === last?.bytes.length ? `${text}\n` : text)
    return (this.#last = { bytes, takenAt })
  }
}
