/**
 * The scrub of the store: hashes every byte again and again, slowly, so that what rots silently, with
 * size and times as they were, is found before its last copy is gone. Files that somebody changed are
 * due at once, all others when they were hashed long ago.
 */
import { lstatSync } from 'node:fs'
import { copyOf } from '../core/bytes.js'
import type { Clock } from '../core/clock.js'
import { systemCode } from '../core/errors.js'
import type { Turns } from '../core/turns.js'
import type { BlockStore } from './block-store.js'
import { ObjectCheck, type LeavesOf } from './object-check.js'
import type { BlockRecord, ObjectId } from './ports.js'
import { StoreReader } from './reader.js'
import type { Due } from './scrub-due.js'
import { inOffsetOrder, scrubPlan, type PlannedObject } from './scrub-plan.js'
import { NO_FILE, type FileState } from './seals.js'

/** A block, or the contiguous copy of a file, that is not what its CID says. */
export interface Fault {
  readonly key: Uint8Array
  readonly record: BlockRecord
  readonly isWhole: boolean
  readonly path: string
  readonly reason: string
}

export const objectOf = ({ record, isWhole }: Fault): ObjectId =>
  isWhole ? record.whole : record.source

export interface ScrubOptions {
  readonly leavesOf: (reader: StoreReader) => LeavesOf
  readonly turns: Turns
  /** Called with the bytes hashed since the last call; waits for as long as the rate asks for. */
  readonly pace: (bytes: number) => Promise<void>
  readonly clock: Clock
}

export interface Scrubbed {
  readonly faults: readonly Fault[]
  /** Whole files that the index names and that are not there. */
  readonly absent: ReadonlySet<ObjectId>
}

/** Hashes all that the index leads to in some objects, and puts on record which of them are sound. */
export async function scrub(
  store: BlockStore,
  due: Pick<Due, 'objects' | 'known'>,
  options: ScrubOptions
): Promise<Scrubbed> {
  const readers: StoreReader[] = []
  const opened = (): StoreReader => {
    const reader = new StoreReader(store.layout.home)
    readers.push(reader)
    return reader
  }
  try {
    return await new Scrub(store, opened(), opened(), options).run(due)
  } finally {
    for (const reader of readers) reader.close()
  }
}

interface LookedAt {
  readonly id: ObjectId
  readonly path: string
  readonly isFile: boolean
  /** As it was before any of it was read; undefined where there is nothing. */
  readonly state: FileState | undefined
  readonly startedAt: number
}

class Scrub {
  readonly #store: BlockStore
  /** The index as it was at the start: the walk holds positions in it, so it is never refreshed. */
  readonly #reader: StoreReader
  /** The index as it is now: gc and others go on while bytes are hashed slowly. */
  readonly #current: StoreReader
  readonly #options: ScrubOptions
  readonly #check: ObjectCheck
  readonly #faults: Fault[] = []
  readonly #absent = new Set<ObjectId>()
  #unpaced = 0

  constructor(store: BlockStore, reader: StoreReader, current: StoreReader, options: ScrubOptions) {
    this.#store = store
    this.#reader = reader
    this.#current = current
    this.#options = options
    this.#check = new ObjectCheck(reader, {
      readData: true,
      leavesOf: options.leavesOf(current),
      onBytes: (bytes) => void (this.#unpaced += bytes),
      pause: () => this.#pause()
    })
  }

  async run(due: Pick<Due, 'objects' | 'known'>): Promise<Scrubbed> {
    const plan = await scrubPlan(this.#reader, due, this.#options.turns)
    for (const [id, object] of plan) await this.#object(id, object)
    return { faults: this.#faults, absent: this.#absent }
  }

  async #object(id: ObjectId, { isFile, blocks, roots }: PlannedObject): Promise<void> {
    const { index } = this.#reader
    const { layout } = this.#store
    const path = isFile ? layout.file(id) : layout.pack(id)
    const file = { id, path, isFile, state: fileState(path), startedAt: this.#options.clock.now() }
    const faults: Fault[] = []
    for (const position of roots) {
      const [key, record] = [copyOf(index.keyOf(position)), index.read(position)]
      const reason = await this.#check.wholeFault(key, record)
      if (reason !== undefined) faults.push({ key, record, isWhole: true, path, reason })
    }
    for (const position of inOffsetOrder(index, blocks)) {
      const [key, record] = [copyOf(index.keyOf(position)), index.read(position)]
      const reason = this.#check.blockFault(key, record)
      if (reason !== undefined) faults.push({ key, record, isWhole: false, path, reason })
      await this.#pause()
    }
    this.#settle(file, faults)
  }

  /** Puts on record what was found in an object, but for what the index no longer names there. */
  #settle({ id, path, isFile, state, startedAt }: LookedAt, faults: readonly Fault[]): void {
    if (faults.length > 0) this.#current.refresh()
    const standing = faults.filter((fault) => isStanding(fault, this.#current))
    this.#faults.push(...standing)
    if (standing.length > 0 && isFile && state === undefined) this.#absent.add(id)
    const { seals } = this.#store
    const file = { id, path, state: state ?? NO_FILE }
    if (standing.length > 0) seals.markDamaged(file, this.#options.clock.now())
    // What nothing leads to is on record, too, so that it is not looked for each minute.
    else if (faults.length === 0) seals.seal([file], startedAt)
  }

  async #pause(): Promise<void> {
    const { turns, pace } = this.#options
    if (this.#unpaced > 0) await pace(this.#unpaced)
    this.#unpaced = 0
    if (turns.isDue) await turns.take()
  }
}

/** Returns whether the index still leads to what was found to be damaged. */
export function isStanding({ key, record, isWhole }: Fault, reader: StoreReader): boolean {
  const found = reader.find(key)
  if (found === undefined) return false
  if (isWhole) return found.whole === record.whole
  return found.source === record.source && found.offset === record.offset
}

function fileState(path: string): FileState | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}
