/** The operations that are not archived, in memory, found by their ids and by the copies that they are about. */
import { kindOf, isFinished, type NewOperation, type OperationRecord } from './operation-record.js'

export interface Held {
  record: OperationRecord
  /** The last durable state; undefined for an operation that has none yet. */
  durable: OperationRecord | undefined
  /** LSN of the last durable state. */
  lsn: number
  /** States that are being written. */
  writing: number
  /** Who runs it, where that is known; of the process alone, so never durable. */
  runner?: string | undefined
}

export class HeldOperations {
  readonly #byId = new Map<string, Held>()
  readonly #byCopy = new Map<string, Set<Held>>()
  #finished = 0

  /** Number of those that have ended. */
  get finished(): number {
    return this.#finished
  }

  /** In the order in which they were begun. */
  all(): Held[] {
    return [...this.#byId.values()]
  }

  byId(id: string): Held | undefined {
    return this.#byId.get(id)
  }

  add(held: Held): void {
    this.#byId.set(held.record.operation_id, held)
    if (isFinished(held.record)) this.#finished++
    const key = copyOf(held.record)
    if (key === undefined) return
    const those = this.#byCopy.get(key)
    if (those === undefined) this.#byCopy.set(key, new Set([held]))
    else those.add(held)
  }

  remove(held: Held): void {
    if (!this.#byId.delete(held.record.operation_id)) return
    if (isFinished(held.record)) this.#finished--
    const key = copyOf(held.record)
    const those = key === undefined ? undefined : this.#byCopy.get(key)
    those?.delete(held)
    if (those?.size === 0) this.#byCopy.delete(key!)
  }

  /** Gives one another state. */
  set(held: Held, record: OperationRecord): void {
    if (this.#byId.has(record.operation_id))
      this.#finished += Number(isFinished(record)) - Number(isFinished(held.record))
    held.record = record
  }

  /** Returns those that wait for another try, or have failed, of the same copy; the newest first. */
  open(wanted: Pick<OperationRecord, 'backend' | 'parameters'>): Held[] {
    const those = [...(this.#byCopy.get(copyOf(wanted) ?? '') ?? [])]
    const isOpen = ({ record: { status } }: Held): boolean =>
      status === 'pending' || status === 'failed'
    return those.filter(isOpen).sort((a, b) => b.record.timestamp - a.record.timestamp)
  }

  /** Returns what a new try carries on. */
  carriedOnBy(wanted: NewOperation): Held | undefined {
    return this.open(wanted).find(({ record }) => kindOf(record) === kindOf(wanted))
  }
}

const copyOf = ({
  backend,
  parameters: { cid }
}: Pick<OperationRecord, 'backend' | 'parameters'>): string | undefined =>
  // prettier-ignore
  cid === undefined ? undefined : `${backend} ${cid}`
