/** The mappings of all backends of a home. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isKitError } from '../core/errors.js'
import type { LogEntry } from '../wal/frame.js'
import { MAPPING } from '../wal/kinds.js'
import { BackendMappings } from './backend-mappings.js'
import {
  decodeChange,
  isChangeOf,
  type LoggedChange,
  type MappingChange
} from './mapping-change.js'
import type { Mapping } from './mapping.js'
import { PairFiles } from './pair-files.js'
import { encodeRow } from './row-codec.js'

/** How often a reader opens files that are switched over meanwhile. */
const OPENINGS = 5

/** A backend, and what tells it from an earlier one of its name, as its configuration has it. */
export interface NamedBackend {
  readonly name: string
  readonly id: string | null
  /** Set for a folder without a configuration. */
  readonly isBare?: true
}

export interface OpenMappings {
  readonly home: string
  /** The backends that the home has. */
  readonly backends: readonly NamedBackend[]
  /** Whether this process owns the home. */
  readonly repairs: boolean
  /** Returns the entries of the log from an LSN on. */
  readonly read: (from: number) => Iterable<LogEntry>
}

export class PinMappings {
  readonly #backends: ReadonlyMap<string, BackendMappings>
  readonly #ids: ReadonlyMap<string, string | null>
  /** The folders of an older installation that cannot be read as they are, and are left out until they are migrated. */
  readonly unmigrated: readonly string[]
  /** The last entry of the log that is applied. */
  #lsn = 0

  private constructor(
    backends: ReadonlyMap<string, BackendMappings>,
    named: readonly NamedBackend[],
    unmigrated: readonly string[]
  ) {
    this.#backends = backends
    this.unmigrated = unmigrated
    this.#ids = new Map(named.map(({ name, id }) => [name, id]))
  }

  /** @throws CORRUPT_FORMAT where a pair or the log is damaged, naming the file. */
  static async open(request: OpenMappings): Promise<PinMappings> {
    for (let tries = request.repairs ? 1 : OPENINGS; ; tries--) {
      try {
        const mappings = await PinMappings.#open(request)
        // Of files that were switched over meanwhile the log may lack what the newer ones hold.
        if (tries === 1 || mappings.#isCurrent) return mappings
        mappings.close()
      } catch (error) {
        if (tries === 1 || !isKitError(error, 'STALE')) throw error
      }
    }
  }

  static async #open({ home, backends, repairs, read }: OpenMappings): Promise<PinMappings> {
    const opened = new Map<string, BackendMappings>()
    const unmigrated: string[] = []
    try {
      for (const { name, isBare } of backends) {
        const folder = join(home, 'backends', name)
        try {
          opened.set(name, await BackendMappings.open(folder, name, repairs))
        } catch (error) {
          if (isBare !== true || !isUnmigrated(folder, error)) throw error
          unmigrated.push(name)
        }
      }
      const mappings = new PinMappings(opened, backends, unmigrated)
      mappings.#replay(read)
      return mappings
    } catch (error) {
      for (const backend of opened.values()) backend.close()
      throw error
    }
  }

  /** Applies what the log holds beyond the tables. Doing so twice changes nothing. */
  #replay(read: OpenMappings['read']): void {
    const tables = [...this.#backends.values()].map(({ lsn }) => lsn)
    this.#lsn = Math.min(...tables, Number.MAX_SAFE_INTEGER)
    if (tables.length === 0) return
    for (const { lsn, kind, payload } of read(this.#lsn + 1))
      if (kind === MAPPING) this.apply(lsn, decodeChange(payload))
  }

  get #isCurrent(): boolean {
    return [...this.#backends.values()].every(({ isCurrent }) => isCurrent)
  }

  get names(): readonly string[] {
    return [...this.#backends.keys()]
  }

  get lsn(): number {
    return this.#lsn
  }

  backend(name: string): BackendMappings | undefined {
    return this.#backends.get(name)
  }

  /** Returns the number of mappings of a backend. */
  count(name: string): number {
    return this.#backends.get(name)?.count ?? 0
  }

  /** Returns a change with what tells its backend from others of its name. */
  withId(change: MappingChange): LoggedChange {
    const id = this.#ids.get(change.backend)
    return { ...change, id: id === undefined ? '' : id }
  }

  apply(lsn: number, change: LoggedChange): void {
    this.#lsn = Math.max(this.#lsn, lsn)
    const { backend: name, cid, row } = change
    const backend = this.#backends.get(name)
    // Of a backend that was removed nothing is to be kept, though another one has its name now.
    if (backend === undefined || lsn <= backend.lsn) return
    if (!isChangeOf(change, this.#ids.get(name) ?? null)) return
    backend.apply(lsn, cid, row === null ? null : encodeRow(row))
  }

  /** Returns where a pin is kept, by all backends that have a mapping of it. */
  of(cid: string): readonly Mapping[] {
    return [...this.#backends.values()].flatMap((backend) => backend.get(cid) ?? [])
  }

  /** Whether any backend has a mapping of a pin. */
  has(cid: string): boolean {
    for (const backend of this.#backends.values()) if (backend.has(cid)) return true
    return false
  }

  /**
   * Lists the copies of each pin together, in the order of the CIDs, without loading them all.
   * @param after the CID that the first one follows.
   */
  *byCid(names: readonly string[], after = ''): Iterable<readonly Mapping[]> {
    const iterators = names.flatMap((name) => this.#backends.get(name)?.all(after) ?? [])
    try {
      yield* together(iterators)
    } finally {
      // One that is left early holds its table for ever.
      for (const iterator of iterators) iterator.return()
    }
  }

  *all(): Iterable<Mapping> {
    for (const backend of this.#backends.values()) yield* backend.all()
  }

  close(): void {
    for (const backend of this.#backends.values()) backend.close()
  }
}

/** Whether this program never wrote the mappings of a folder, for then there were a table, or no pair yet. */
const isUnmigrated = (folder: string, error: unknown): boolean => {
  if (!isKitError(error, 'CORRUPT_FORMAT') && !isKitError(error, 'INTEGRITY')) return false
  const files = new PairFiles(folder)
  return !existsSync(files.current(files.table))
}

/** Merges lists in the order of their CIDs: all mappings of a CID at a time. */
function* together(
  iterators: readonly Iterator<Mapping, void>[]
): Generator<readonly Mapping[], void, undefined> {
  const lists = iterators.map((iterator) => ({ iterator, next: iterator.next() }))
  for (;;) {
    let least: string | undefined
    for (const { next } of lists)
      if (next.done !== true && (least === undefined || next.value.cid < least))
        least = next.value.cid
    if (least === undefined) return
    const copies: Mapping[] = []
    for (const list of lists)
      while (list.next.done !== true && list.next.value.cid === least) {
        copies.push(list.next.value)
        list.next = list.iterator.next()
      }
    yield copies
  }
}
