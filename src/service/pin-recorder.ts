/**
 * Records work on backends in the log of a home, and the mappings that it changes. The mappings are
 * opened when they are first needed, and anew when backends came or went, or the log had to be.
 */
import { backendIds, type BackendId } from '../../backends/configured.js'
import { KitError } from '../core/errors.js'
import type { PinRecord, Recorded } from '../operations/pin-records.js'
import { Admission, type Admitted, type KnownMappings } from '../pins/admission.js'
import type { Mapping } from '../pins/mapping.js'
import type { MappingLog } from '../pins/mapping-log.js'
import type { OperationLog } from '../wal/operation-log.js'
import type { HomeLog, OpenHomeLog } from './home-log.js'
import { Reopened, type Opening } from './reopened.js'

interface Opened {
  readonly operations: OperationLog
  readonly mappings: MappingLog
  readonly close: () => void
}

export class PinRecorder {
  readonly #home: string
  readonly #log: HomeLog
  readonly #admission = new Admission()
  readonly #opened: Reopened<Opened>

  constructor(home: string, log: HomeLog) {
    this.#home = home
    this.#log = log
    this.#opened = new Reopened(() => this.#opening())
  }

  /**
   * Records steps durably, in their order; steps of several calls share a write to the disk.
   * @returns the ids of the operations that begin, null for a step that begins none, and what is refused.
   */
  record(records: readonly PinRecord[]): Promise<Recorded[]> {
    return this.#opened.use(async (opened) => {
      const recorded: Recorded[] = []
      const begun: string[] = []
      try {
        for (const part of inParts(records))
          recorded.push(...(await this.#record(part, opened, begun)))
      } catch (error) {
        await endBegun(opened.operations, begun, error)
        throw error
      }
      return recorded
    })
  }

  /** @param begun gets the ids of the operations that begin, though others of these steps fail. */
  async #record(
    records: readonly PinRecord[],
    { operations, mappings }: Opened,
    begun: string[]
  ): Promise<Recorded[]> {
    const admitted = this.#admit(records, mappings)
    const changes = admitted.flatMap(({ change }) => change ?? [])
    // Begun at the same time, so that the log writes all of them at once.
    const steps = records.map(async (record, i): Promise<Recorded> => {
      const { refusal } = admitted[i]!
      if (refusal !== undefined) return refusal
      const id = await step(operations, record)
      if (id !== null) begun.push(id)
      return id
    })
    const changed = mappings.change(changes).finally(() => {
      for (const change of changes) this.#admission.written(change)
    })
    // Whoever opens the mappings next must find what this one writes, whether the other fails or not.
    await Promise.allSettled([...steps, changed])
    await changed
    return await Promise.all(steps)
  }

  #admit(records: readonly PinRecord[], { mappings }: MappingLog): Admitted[] {
    const known: KnownMappings = {
      of: (cid) => mappings.of(cid),
      row: (backend, cid) => mappings.backend(backend)?.row(cid)
    }
    return records.map(({ begin, change, base, left }) =>
      this.#admission.admit({ isBeginning: begin !== undefined, change, base, left }, known)
    )
  }

  /** Works with all mappings of a pin. */
  withCopies<T>(work: (copiesOf: (cid: string) => readonly Mapping[]) => T): Promise<T> {
    return this.#opened.use(({ mappings }) => work((cid) => mappings.mappings.of(cid)))
  }

  /** Brings the files of mappings up to date where that is quick. */
  settle(): Promise<void> {
    return this.#opened.use(({ mappings }) => mappings.settle())
  }

  async #opening(): Promise<Opening<Opened>> {
    const log = await this.#log.open()
    const backends = backendIds(this.#home)
    const given = [log, ...backends.flatMap(({ name, id }) => [name, id])]
    return { given, open: () => this.#open(log, backends) }
  }

  async #open({ wal, operations }: OpenHomeLog, backends: readonly BackendId[]): Promise<Opened> {
    const { MappingLog } = await import('../pins/mapping-log.js')
    const mappings = await MappingLog.open(this.#home, backends, wal, this.#log.clock)
    return { operations, mappings, close: () => mappings.close() }
  }

  /** Waits for what is being written, and lets go of the mappings. Never rejects. */
  close(): Promise<void> {
    return this.#opened.close()
  }
}

/** Ends operations whose work cannot begin, since not all that was recorded with them is there. */
async function endBegun(
  operations: OperationLog,
  ids: readonly string[],
  cause: unknown
): Promise<void> {
  // Where the log takes nothing more, they are due again when it is opened.
  await Promise.allSettled(ids.map((id) => operations.fail(id, cause)))
}

/** Texts of the rows that are recorded at once: the log takes no more than 64 MiB, and UTF-8 has up to 3 bytes for each. */
const PART = 16 << 20

/** Splits steps so that the log takes what they change. */
function inParts(records: readonly PinRecord[]): PinRecord[][] {
  const parts: PinRecord[][] = []
  let length = Number.POSITIVE_INFINITY
  for (const record of records) {
    const own = lengthOf(record)
    if (length + own > PART) {
      parts.push([])
      length = 0
    }
    parts.at(-1)!.push(record)
    length += own
  }
  return parts
}

const lengthOf = ({ change }: PinRecord): number =>
  Object.values(change?.row ?? {}).reduce((sum, text) => sum + text.length, 0)

async function step(operations: OperationLog, record: PinRecord): Promise<string | null> {
  const { begin, end, isAutomatic, runner } = record
  if (end !== undefined) {
    const { id, result, error } = end
    // An operation that was cancelled, or archived since, has an end already.
    if (operations.byId(id) === undefined) return null
    if (error === null) await operations.complete(id, result)
    else await operations.fail(id, new KitError(error.code, error.message))
  }
  if (begin === undefined) return null
  return (await operations.take(begin, { isAutomatic, runner })).operation_id
}
