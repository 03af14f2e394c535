/**
 * Verification of suspect objects: those another process wrote to, and those that were not sealed
 * when their writer was killed. Every block is hashed before any is read again; damaged ones are
 * dropped.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { toHex } from '../core/bytes.js'
import { verifyBlock } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { framePayload } from '../formats/leaf-frame.js'
import type { BlockRecord } from '../store/ports.js'
import { recordCid } from '../store/record.js'
import type { DiskTier } from './disk-tier.js'
import { Counter, type CacheIndex } from './index-file.js'
import { ObjectFloat, ObjectWord } from './object-table.js'
import { isSameMark } from './open-objects.js'
import type { Entry } from './record-entry.js'

/** Bytes hashed before the event loop gets a turn. */
const BYTES_PER_TURN = 8 << 20
/** Checks of an object that somebody keeps writing to, before it stays suspect until the next call. */
const MAX_CHECKS = 3

export interface InspectorPorts {
  readonly index: CacheIndex
  readonly disk: DiskTier
  /** Returns the live set of the records in an object. */
  readonly recordsOf: (object: number) => ReadonlySet<number>
  readonly forget: (record: number) => void
  /** Runs disk work; a failure is reported and yields undefined. */
  readonly onDisk: <T>(work: () => T) => T | undefined
  readonly warn: (message: string) => void
}

/** The inspector of one disk tier. */
export class Inspector {
  readonly #ports: InspectorPorts
  readonly #underWay = new Map<number, Promise<void>>()
  /** Value of the counter at the last search; -1 so that the first call searches. */
  #lastSuspicions = -1
  #corrupt = 0
  #stopped = false

  constructor(ports: InspectorPorts) {
    this.#ports = ports
  }

  /** Number of damaged blocks found. */
  get corrupt(): number {
    return this.#corrupt
  }

  /** Checks all suspect objects, if a suspicion was raised since the last call. */
  async checkSuspects(): Promise<void> {
    const { index, disk } = this.#ports
    if (this.#stopped) return
    const suspicions = index.counterValue(Counter.SUSPICIONS)
    if (suspicions === this.#lastSuspicions) return
    this.#lastSuspicions = suspicions
    for (const object of disk.objects()) {
      if (this.#stopped) return
      if (this.#isSuspect(object)) await this.#checkOnce(object)
    }
  }

  /** Checks the object that holds a block; returns undefined if it is not suspect or missing. */
  checkObjectOf(key: Uint8Array): Promise<void> | undefined {
    const { records, objects } = this.#ports.index
    if (this.#stopped) return undefined
    const record = records.find(key)
    if (record === 0) return undefined
    const { object, objectGeneration } = records.read(record)
    if (!objects.isCurrent(object, objectGeneration) || !this.#isSuspect(object)) return undefined
    return this.#checkOnce(object)
  }

  #isSuspect(object: number): boolean {
    return this.#ports.index.objects.word(object, ObjectWord.SUSPECT) !== 0
  }

  /** Checks an object, joining a check under way. */
  #checkOnce(object: number): Promise<void> {
    const known = this.#underWay.get(object)
    if (known !== undefined) return known
    const work = this.#check(object).finally(() => this.#underWay.delete(object))
    this.#underWay.set(object, work)
    return work
  }

  async #check(object: number): Promise<void> {
    const { index, disk, recordsOf, onDisk } = this.#ports
    const { objects } = index
    const generation = objects.word(object, ObjectWord.GENERATION)
    const isStill = (): boolean => !this.#stopped && objects.isCurrent(object, generation)
    for (let checks = 1; checks <= MAX_CHECKS; checks++) {
      const mark = onDisk(() => disk.markOf(object))
      await this.#checkBlocks(object, isStill)
      if (!isStill()) return
      // Somebody wrote to it meanwhile, before or behind where we were.
      if (mark !== undefined && !isSameMark(mark, onDisk(() => disk.markOf(object)))) continue // prettier-ignore
      onDisk(() => {
        if (recordsOf(object).size === 0) disk.remove(object)
        else disk.clearSuspicion(object, mark)
      })
      return
    }
    index.count(Counter.SUSPICIONS, 1)
  }

  /** Hashes all blocks of an object, and drops those that are damaged. */
  async #checkBlocks(object: number, isStill: () => boolean): Promise<void> {
    const { index, recordsOf, forget, warn } = this.#ports
    const { records, objects } = index
    const bad: string[] = []
    let hashed = 0
    // The set is live: records added during the check are visited too.
    for (const record of recordsOf(object)) {
      const entry = records.read(record)
      const key = records.keyOf(record)
      if (!this.#isIntact(key, entry)) {
        bad.push(toHex(key))
        this.#corrupt++
        forget(record)
      }
      hashed += entry.length
      if (hashed < BYTES_PER_TURN) continue
      hashed = 0
      await turn()
      if (!isStill()) return
    }
    // A file stays whole only if every byte was verified; its good blocks stay in either case.
    if (bad.length > 0 || !this.#isCovered(object)) objects.setWord(object, ObjectWord.COMPLETE, 0)
    for (const key of bad)
      warn(`a cached block was damaged and is fetched again (multihash digest ${key})`)
  }

  /** Returns whether the records cover every byte: a repeated leaf has one record for two places. */
  #isCovered(object: number): boolean {
    const { index, recordsOf } = this.#ports
    let bytes = 0
    for (const record of recordsOf(object)) bytes += index.records.read(record).length
    return bytes === index.objects.float(object, ObjectFloat.SIZE)
  }

  #isIntact(key: Uint8Array, entry: Entry): boolean {
    const { disk, onDisk } = this.#ports
    const payload = onDisk(() => disk.read(entry.object, entry.offset, entry.length))
    return payload !== undefined && matchesKey(key, entry, payload)
  }

  /** Stops all checks; the index is not touched afterwards. */
  stop(): void {
    this.#stopped = true
  }
}

/** Returns whether a payload hashes to a key. */
export function matchesKey(key: Uint8Array, entry: Entry, payload: Uint8Array): boolean {
  const block = entry.framed ? framePayload(payload) : payload
  try {
    verifyBlock(recordCid(key, asRecord(entry), block), block)
    return true
  } catch (error) {
    if (isKitError(error)) return false
    throw error
  }
}

const asRecord = (entry: Entry): BlockRecord => ({
  ...entry,
  source: 0,
  inFile: false,
  kind: entry.kind as BlockRecord['kind'],
  whole: 0
})
