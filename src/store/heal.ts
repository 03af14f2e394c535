/**
 * The healing of a store: copies of damaged blocks, from elsewhere in the store or from a backend, are
 * stored anew, and the index then names them instead of the damaged ones.
 */
import { toHex } from '../core/bytes.js'
import { Cid, verifyBlock } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { SHA2_256 } from '../core/hash.js'
import type { Turns } from '../core/turns.js'
import { otherCopies, type Copy } from './copies.js'
import { currentRecords } from './current-records.js'
import type { LeavesOf } from './object-check.js'
import type { BlockRecord, ObjectId } from './ports.js'
import { StoreReader } from './reader.js'
import { recordCid } from './record.js'
import { isStanding, type Fault } from './scrub.js'
import { WriteSession } from './session.js'

/** Bytes of copies that are stored at a time. */
const BATCH = 64 << 20

export interface HealPorts {
  readonly home: string
  readonly leavesOf: (reader: StoreReader) => LeavesOf
  /** Returns the verified block of a CID from elsewhere; undefined where nobody has it. */
  readonly fetched: (cid: Cid) => Promise<Uint8Array | undefined>
  readonly publish: (session: ObjectId) => Promise<void>
  readonly turns: Turns
}

/** Heals what can be healed. @returns how many blocks and contiguous copies. @throws LOCKED. */
export const heal = (faults: readonly Fault[], ports: HealPorts): Promise<number> =>
  new Healing(faults, ports).run()

class Healing {
  readonly #ports: HealPorts
  readonly #faults: readonly Fault[]
  /** Damaged blocks by the hex of their keys. */
  readonly #blocks: ReadonlyMap<string, Fault>
  readonly #healedKeys = new Set<string>()
  #batch: Copy[] = []
  #batchBytes = 0
  #healed = 0

  constructor(faults: readonly Fault[], ports: HealPorts) {
    this.#ports = ports
    this.#faults = faults
    const blocks = faults.filter(({ isWhole }) => !isWhole)
    this.#blocks = new Map(blocks.map((fault) => [toHex(fault.key), fault]))
  }

  async run(): Promise<number> {
    const found = await this.#fromStore()
    await this.#fromElsewhere(found)
    await this.#store()
    await this.#readByLeaves()
    return this.#healed
  }

  /** Takes copies from contiguous files. @returns the keys of the found ones. */
  async #fromStore(): Promise<ReadonlySet<string>> {
    const { home, leavesOf, turns } = this.#ports
    const found = new Set<string>()
    const search = async (reader: StoreReader, current: StoreReader): Promise<void> => {
      const keys = new Set(this.#blocks.keys())
      for await (const copy of otherCopies(reader, keys, leavesOf(current), turns)) {
        found.add(toHex(copy.cid.key))
        await this.#take(copy)
      }
    }
    // Reading nodes may refresh a reader, which the one whose index is walked must not be.
    await withReader(home, (reader) => withReader(home, (current) => search(reader, current)))
    return found
  }

  async #fromElsewhere(found: ReadonlySet<string>): Promise<void> {
    for (const [hex, { key, record }] of this.#blocks) {
      // The CID of a block with another hash is known only with its bytes.
      if (found.has(hex) || record.hashCode !== SHA2_256) continue
      const cid = Cid.v1(record.codec, SHA2_256, key)
      const block = await this.#ports.fetched(cid)
      if (block !== undefined) await this.#take({ cid, block })
    }
  }

  async #take(copy: Copy): Promise<void> {
    this.#batch.push(copy)
    this.#batchBytes += copy.block.length
    if (this.#batchBytes >= BATCH) await this.#store()
  }

  /** Stores the copies at hand. Writers are kept from gc only for as long as that takes. */
  async #store(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    if (batch.length === 0) return
    await this.#write((session, reader) => {
      for (const { cid, block } of batch) {
        const fault = this.#blocks.get(toHex(cid.key))!
        if (!isStanding(fault, reader)) continue
        put(session, cid, reader.find(cid.key)!, block)
        this.#healed++
        this.#healedKeys.add(toHex(cid.key))
      }
    })
  }

  /**
   * Takes damaged contiguous copies of files out of the index, so that their leaves are read: those
   * that hold a block which lies elsewhere now, and those whose leaves are sound.
   */
  async #readByLeaves(): Promise<void> {
    const { home, turns } = this.#ports
    const rotten = new Set<ObjectId>()
    const wholes = new Set<ObjectId>()
    for (const [hex, { record }] of this.#blocks)
      if (record.inFile) (this.#healedKeys.has(hex) ? wholes : rotten).add(record.source)
    const sound = this.#faults.filter(({ isWhole, record }) => isWhole && !rotten.has(record.whole))
    for (const { record } of sound) wholes.add(record.whole)
    if (wholes.size === 0) return
    const counted = new Set(sound.map(({ key }) => toHex(key)))
    const roots: Uint8Array[] = []
    await withReader(home, async ({ index }) => {
      const isWanted = ({ whole }: BlockRecord): boolean => wholes.has(whole)
      for await (const { key } of currentRecords(index, isWanted, turns)) roots.push(key)
    })
    if (roots.length === 0) return
    await this.#write((session, reader) => {
      for (const key of roots) {
        const record = reader.find(key)
        if (record === undefined || !wholes.has(record.whole)) continue
        const node = ifSound(key, record, reader)
        if (node === undefined) continue
        put(session, node.cid, { ...record, whole: 0 }, node.block)
        if (counted.has(toHex(key))) this.#healed++
      }
    })
  }

  async #write(fill: (session: WriteSession, reader: StoreReader) => void): Promise<void> {
    await withReader(this.#ports.home, async (reader) => {
      const session = new WriteSession(reader)
      try {
        fill(session, reader)
        if (session.isEmpty) return
        session.finish()
        await this.#ports.publish(session.id)
      } finally {
        session.close()
      }
    })
  }
}

async function withReader(
  home: string,
  work: (reader: StoreReader) => Promise<void>
): Promise<void> {
  const reader = new StoreReader(home)
  try {
    await work(reader)
  } finally {
    reader.close()
  }
}

/** Stores a block with the description of its record. @param cid its CID with any codec. */
function put(session: WriteSession, cid: Cid, record: BlockRecord, block: Uint8Array): void {
  const { codec, whole, kind, size, mode, mtimeSec, mtimeNsec } = record
  const mtime = mtimeSec === undefined ? undefined : { sec: mtimeSec, nsec: mtimeNsec }
  session.replace(Cid.v1(codec, cid.hashCode, cid.digest), block, {
    kind,
    size,
    mode,
    mtime,
    whole
  })
}

function ifSound(key: Uint8Array, record: BlockRecord, reader: StoreReader): Copy | undefined {
  try {
    const block = reader.readUnchecked(record)
    const cid = recordCid(key, record, block)
    verifyBlock(cid, block)
    return { cid, block }
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}
