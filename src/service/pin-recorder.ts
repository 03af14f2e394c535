/**
 * Records work on backends in the log of a home, and the mappings that it changes. The mappings are
 * opened when they are first needed, and anew when backends came or went, or the log had to be.
 */
import { backendNames } from '../../backends/configured.js'
import { KitError } from '../core/errors.js'
import type { PinRecord } from '../operations/pin-records.js'
import type { Mapping } from '../pins/mapping.js'
import type { MappingLog } from '../pins/mapping-log.js'
import type { OperationLog } from '../wal/operation-log.js'
import type { HomeLog, OpenHomeLog } from './home-log.js'

interface Opened {
  readonly log: OpenHomeLog
  readonly names: string
  readonly mappings: MappingLog
}

export class PinRecorder {
  readonly #home: string
  readonly #log: HomeLog
  #opened: Promise<Opened> | undefined

  constructor(home: string, log: HomeLog) {
    this.#home = home
    this.#log = log
  }

  /**
   * Records steps durably, in their order; steps of several calls share a write to the disk.
   * @returns the ids of the operations that begin; null for a step that begins none.
   */
  async record(records: readonly PinRecord[]): Promise<(string | null)[]> {
    const { log, mappings } = await this.#open()
    const changes = records.flatMap(({ change }) => change ?? [])
    // Begun at the same time, so that the log writes all of them at once.
    const [ids] = await Promise.all([
      Promise.all(records.map((record) => step(log.operations, record))),
      mappings.change(changes)
    ])
    return ids
  }

  /** Returns all mappings of a pin. */
  async copies(): Promise<(cid: string) => readonly Mapping[]> {
    const { mappings } = await this.#open()
    return (cid) => mappings.mappings.of(cid)
  }

  /** Brings the files of mappings up to date where that is quick. */
  async settle(): Promise<void> {
    await (await this.#open()).mappings.settle()
  }

  async #open(): Promise<Opened> {
    const log = await this.#log.open()
    const names = backendNames(this.#home)
    const before = await this.#opened?.catch(() => undefined)
    if (before?.log === log && before.names === names.join('\n')) return before
    before?.mappings.close()
    this.#opened = this.#openMappings(log, names)
    return await this.#opened
  }

  async #openMappings(log: OpenHomeLog, names: readonly string[]): Promise<Opened> {
    const { MappingLog } = await import('../pins/mapping-log.js')
    const mappings = await MappingLog.open(this.#home, names, log.wal, this.#log.clock)
    return { log, names: names.join('\n'), mappings }
  }

  /** Lets go of the mappings. Never rejects. */
  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined)
    this.#opened = undefined
    opened?.mappings.close()
  }
}

async function step(operations: OperationLog, record: PinRecord): Promise<string | null> {
  const { begin, end } = record
  if (end !== undefined) {
    const { id, result, error } = end
    // An operation that was cancelled, or archived since, has an end already.
    if (operations.byId(id) === undefined) return null
    if (error === null) await operations.complete(id, result)
    else await operations.fail(id, new KitError(error.code, error.message))
  }
  if (begin === undefined) return null
  const { operation_id } = await operations.begin(begin)
  await operations.replaceBy(await operations.start(operation_id))
  return operation_id
}
