/**
 * Objects that somebody else wrote to, or that were not sealed when their writer was killed:
 * every block in them is hashed before any is read again. Damaged ones are let go of.
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
import type { Entry } from './record-table.js'

/** Bytes that are hashed before others have their turn. */
const EACH_TURN = 8 << 20

export interface InspectorPorts {
  readonly index: CacheIndex
  readonly disk: DiskTier
  /** Records that lie in an object, as they are at any time. */
  readonly recordsOf: (object: number) => ReadonlySet<number>
  readonly forget: (record: number) => void
  /** Do something on the disk; what that fails with is told to somebody. */
  readonly onDisk: <T>(work: () => T) => T | undefined
  readonly warn: (message: string) => void
}

export class Inspector {
  readonly #ports: InspectorPorts
  readonly #underWay = new Map<number, Promise<void>>()
  /** Suspicions that were looked into; none at first, as others may have had some. */
  #looked = -1
  #corrupt = 0
  #stopped = false

  constructor(ports: InspectorPorts) {
    this.#ports = ports
  }

  /** Blocks that turned out to be damaged. */
  get corrupt(): number {
    return this.#corrupt
  }

  /** Check whatever is suspected. */
  async all(): Promise<void> {
    const { index, disk } = this.#ports
    if (this.#stopped) return
    const suspicions = index.counted(Counter.SUSPICIONS)
    if (suspicions === this.#looked) return
    this.#looked = suspicions
    for (const object of disk.objects()) {
      if (this.#stopped) return
      if (this.#isSuspect(object)) await this.#once(object)
    }
  }

  /** Check what the block of a key lies in; undefined where that is beyond doubt, or nowhere. */
  block(key: Uint8Array): Promise<void> | undefined {
    const { records, objects } = this.#ports.index
    if (this.#stopped) return undefined
    const record = records.find(key)
    if (record === 0) return undefined
    const { object, objectGeneration } = records.read(record)
    if (!objects.isLife(object, objectGeneration) || !this.#isSuspect(object)) return undefined
    return this.#once(object)
  }

  #isSuspect(object: number): boolean {
    return this.#ports.index.objects.word(object, ObjectWord.SUSPECT) !== 0
  }

  #once(object: number): Promise<void> {
    const known = this.#underWay.get(object)
    if (known !== undefined) return known
    const work = this.#check(object).finally(() => this.#underWay.delete(object))
    this.#underWay.set(object, work)
    return work
  }

  async #check(object: number): Promise<void> {
    const { index, disk, recordsOf, forget, onDisk, warn } = this.#ports
    const { records, objects } = index
    const generation = objects.word(object, ObjectWord.GENERATION)
    const isStill = (): boolean => !this.#stopped && objects.isLife(object, generation)
    const bad: string[] = []
    let hashed = 0
    // What comes to lie in it meanwhile is met on the way.
    for (const record of recordsOf(object)) {
      const entry = records.read(record)
      const key = records.keyOf(record)
      if (!this.#isGood(key, entry)) {
        bad.push(toHex(key))
        this.#corrupt++
        forget(record)
      }
      hashed += entry.length
      if (hashed < EACH_TURN) continue
      hashed = 0
      await turn()
      if (!isStill()) return
    }
    // Whole is only a file of which every byte was looked at; what is good of it stays.
    if (bad.length > 0 || !this.#isCovered(object)) objects.setWord(object, ObjectWord.COMPLETE, 0)
    onDisk(() => {
      if (recordsOf(object).size === 0) disk.remove(object)
      else disk.approve(object)
    })
    for (const key of bad)
      warn(`a cached block was damaged and is fetched again (multihash digest ${key})`)
  }

  /** Whether every byte of an object belongs to a record: a leaf that repeats has only one. */
  #isCovered(object: number): boolean {
    const { index, recordsOf } = this.#ports
    let bytes = 0
    for (const record of recordsOf(object)) bytes += index.records.read(record).length
    return bytes === index.objects.float(object, ObjectFloat.SIZE)
  }

  #isGood(key: Uint8Array, entry: Entry): boolean {
    const { disk, onDisk } = this.#ports
    const payload = onDisk(() => disk.read(entry.object, entry.offset, entry.length))
    return payload !== undefined && isGood(key, entry, payload)
  }

  /** From now on nothing of the index is touched. */
  stop(): void {
    this.#stopped = true
  }
}

/** Whether bytes are those that a key was made of. */
export function isGood(key: Uint8Array, entry: Entry, payload: Uint8Array): boolean {
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
