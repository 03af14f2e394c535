/** Changes mappings durably: by the log first, then in memory, and in the pair of each backend some time later. */
import type { Clock } from '../core/clock.js'
import { MAPPING } from '../wal/kinds.js'
import type { WriteAheadLog } from '../wal/log.js'
import type { BackendMappings } from './backend-mappings.js'
import { encodeChange, type MappingChange } from './mapping-change.js'
import { PinMappings, type NamedBackend } from './pin-mappings.js'

/** The name under which the log keeps entries for us. */
const HOLDER = 'mappings'
/**
 * Rows up to which a pair is written at once when somebody waits for it, and changes from which a
 * larger one is: until then a reader of the Parquet file sees an older state of it.
 */
const SMALL = 20_000
const MANY_CHANGES = 10_000

export class MappingLog {
  readonly mappings: PinMappings
  readonly #wal: WriteAheadLog
  readonly #clock: Clock

  private constructor(wal: WriteAheadLog, mappings: PinMappings, clock: Clock) {
    this.#wal = wal
    this.mappings = mappings
    this.#clock = clock
  }

  static async open(
    home: string,
    backends: readonly NamedBackend[],
    wal: WriteAheadLog,
    clock: Clock
  ): Promise<MappingLog> {
    const read = (from: number) => wal.read(from)
    const mappings = await PinMappings.open({ home, backends, repairs: true, read })
    const log = new MappingLog(wal, mappings, clock)
    log.#hold()
    return log
  }

  /** Changes mappings; resolves when that is durable. */
  async change(changes: readonly MappingChange[]): Promise<void> {
    if (changes.length === 0) return
    const logged = changes.map((change) => this.mappings.withId(change))
    const entries = logged.map((change) => ({ kind: MAPPING, payload: encodeChange(change) }))
    const last = await this.#wal.appendAll(entries)
    const first = last - changes.length + 1
    logged.forEach((change, i) => this.mappings.apply(first + i, change))
  }

  /** Brings the pairs up to date where that is quick, or many changes wait. */
  async settle(): Promise<void> {
    await this.#compactWhere(
      ({ pending, tableRows }) => pending > 0 && (tableRows < SMALL || pending >= MANY_CHANGES)
    )
  }

  /** Brings every pair up to date. */
  async compact(): Promise<void> {
    await this.#compactWhere(({ pending }) => pending > 0)
  }

  async #compactWhere(isDue: (backend: BackendMappings) => boolean): Promise<void> {
    const due = this.#backends().filter(isDue)
    const createdAt = new Date(this.#clock.now()).toISOString()
    for (const backend of due) await backend.compact(this.mappings.lsn, createdAt)
    if (due.length === 0) return
    this.#hold()
    await this.#wal.turn()
  }

  #backends(): BackendMappings[] {
    return this.mappings.names.flatMap((name) => this.mappings.backend(name) ?? [])
  }

  /** Tells the log from which entry on the pairs lack something. */
  #hold(): void {
    const lacking = this.#backends().filter(({ pending }) => pending > 0)
    const lsn = Math.min(this.mappings.lsn, ...lacking.map((backend) => backend.lsn))
    this.#wal.hold(HOLDER, lsn + 1)
  }

  close(): void {
    this.mappings.close()
  }
}
