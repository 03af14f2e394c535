/** Runs the scrub of a home in its engine: finds what rots, and puts copies from elsewhere in its place. */
import { setTimeout as delay } from 'node:timers/promises'
import { abortController } from '../core/abort.js'
import { toHex } from '../core/bytes.js'
import { Cid, verifyBlock } from '../core/cid.js'
import type { Clock } from '../core/clock.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { SHA2_256 } from '../core/hash.js'
import type { Log } from '../core/log.js'
import { Turns } from '../core/turns.js'
import { otherCopies } from '../store/copies.js'
import type { LeavesOf } from '../store/object-check.js'
import { inPlaceOrder } from '../store/place-order.js'
import type { BlockRecord, ObjectId } from '../store/ports.js'
import { StoreReader } from '../store/reader.js'
import { damagedSegments, findDue, scrub, type Fault } from '../store/scrub.js'
import { readScrubReport, writeScrubReport, type ScrubReport } from '../store/scrub-report.js'
import { WriteSession } from '../store/session.js'
import type { LocalOwner } from './local-owner.js'

/** How often every byte is hashed. */
const EVERY_MS = 7 * 24 * 3_600_000
/** How often it looks for files that somebody changed. */
const LOOK_MS = 60_000
/** How soon after the start of the engine it does so first: a mount must not wait for it. */
const FIRST_LOOK_MS = 5000
/** How often copies of damaged blocks are looked for. */
const RETRY_MS = 3_600_000
/** Bytes hashed between two waits. */
const STEP = 1 << 20
/** Damaged blocks that a report names. */
const MAX_NAMED = 20

export interface ScrubberPorts {
  readonly owner: LocalOwner
  readonly leavesOf: (reader: StoreReader) => LeavesOf
  /** Returns the verified block of a CID from a backend. @throws KitError. */
  readonly fetchBlock: (cid: Cid, signal: AbortSignal) => Promise<Uint8Array>
  /** Bytes per second. */
  readonly rate: number
  readonly clock: Clock
  readonly log: Log
}

export class Scrubber {
  readonly #ports: ScrubberPorts
  readonly #end = abortController()
  #report: ScrubReport
  #done: Promise<void> = Promise.resolve()

  constructor(ports: ScrubberPorts) {
    this.#ports = ports
    this.#report = readScrubReport(ports.owner.store.layout)
  }

  get report(): ScrubReport {
    return this.#report
  }

  start(): void {
    this.#done = this.#run().catch((error: unknown) => {
      if (!this.#end.signal.aborted) this.#ports.log.error('the scrub ended', error)
    })
  }

  async stop(): Promise<void> {
    this.#end.abort(new KitError('ABORTED', 'the engine ends'))
    await this.#done
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    for (let wait = FIRST_LOOK_MS; ; wait = LOOK_MS) {
      await delay(wait, undefined, { signal, ref: false })
      try {
        await this.look()
      } catch (error) {
        if (signal.aborted) throw error
        // gc may run, or a disk fail: it looks again in a minute.
        this.#ports.log.debug(`the scrub waits: ${toKitError(error).message}`)
      }
    }
  }

  /** Hashes what is due, and heals what is damaged. */
  async look(): Promise<void> {
    const { owner, clock } = this.#ports
    const now = clock.now()
    const turns = new Turns(this.#end.signal)
    const due = await findDue(owner.store, now - EVERY_MS, now - RETRY_MS, turns)
    if (due.objects.size === 0) {
      this.#tell({ hashedSince: timeText(due.hashedSince) })
      return
    }
    const segments = damagedSegments(owner.store)
    const faults = await this.#scrub(due.objects)
    const healed = faults.length === 0 ? 0 : await this.#heal(faults)
    const left = healed === 0 ? faults : await this.#scrub(objectsOf(faults))
    const after = await findDue(owner.store, now - EVERY_MS, now - RETRY_MS, turns)
    this.#tellDamage(segments, left, healed)
    this.#tell({ hashedSince: timeText(after.hashedSince) })
  }

  async #scrub(objects: ReadonlySet<ObjectId>): Promise<Fault[]> {
    const { owner, leavesOf, clock } = this.#ports
    const reader = new StoreReader(owner.store.layout.home)
    const turns = new Turns(this.#end.signal)
    let unpaced = 0
    const pace = async (bytes: number): Promise<void> => {
      unpaced += bytes
      if (unpaced < STEP) return
      await delay((unpaced / this.#ports.rate) * 1000, undefined, { signal: this.#end.signal })
      unpaced = 0
    }
    try {
      const options = { leavesOf: leavesOf(reader), turns, pace, now: clock.now() }
      return await scrub(owner.store, reader, objects, options)
    } finally {
      reader.close()
    }
  }

  /**
   * Stores copies of damaged blocks, which the index then names instead of the damaged ones.
   * @returns how many.
   */
  async #heal(faults: readonly Fault[]): Promise<number> {
    const { owner, leavesOf } = this.#ports
    const reader = new StoreReader(owner.store.layout.home)
    const session = new WriteSession(reader)
    try {
      const turns = new Turns(this.#end.signal)
      const copies = await this.#copiesOf(faults, reader, leavesOf(reader), turns)
      for (const { key, record } of faults) {
        const copy = copies.get(toHex(key))
        if (copy !== undefined) put(session, key, record, copy)
      }
      const files = await this.#readByLeaves(faults, copies, session, reader, turns)
      if (copies.size + files === 0) return 0
      session.finish()
      await owner.publish(session.id, [])
      return copies.size + files
    } finally {
      session.close()
      reader.close()
    }
  }

  /** Finds copies of damaged blocks, by their keys in hex. */
  async #copiesOf(
    faults: readonly Fault[],
    reader: StoreReader,
    leavesOf: LeavesOf,
    turns: Turns
  ): Promise<Map<string, Uint8Array>> {
    // The CID of a block with another hash cannot be told from damaged bytes.
    const blocks = faults.filter(({ isWhole, record }) => !isWhole && record.hashCode === SHA2_256)
    const keys = new Set(blocks.map(({ key }) => toHex(key)))
    const copies = await otherCopies(reader, keys, leavesOf, turns)
    for (const { key, record } of blocks) {
      if (copies.has(toHex(key))) continue
      const block = await this.#fetched(Cid.v1(record.codec, SHA2_256, key))
      if (block !== undefined) copies.set(toHex(key), block)
    }
    return copies
  }

  /**
   * Takes the damaged contiguous copies of files out of the index, so that their leaves are read.
   * @returns how many of them had sound leaves all the while.
   */
  async #readByLeaves(
    faults: readonly Fault[],
    copies: ReadonlyMap<string, Uint8Array>,
    session: WriteSession,
    reader: StoreReader,
    turns: Turns
  ): Promise<number> {
    const damaged = new Set<ObjectId>()
    for (const { key, record, isWhole } of faults)
      if (isWhole) damaged.add(record.whole)
      else if (record.inFile && copies.has(toHex(key))) damaged.add(record.source)
    for (const { key, record } of inPlaceOrder(reader.index)) {
      if (turns.isDue) await turns.take()
      if (record.whole === 0 || !damaged.has(record.whole)) continue
      const cid = Cid.v1(record.codec, SHA2_256, key)
      const node = copies.get(toHex(key)) ?? ifSound(cid, () => reader.readUnchecked(record))
      if (node !== undefined) put(session, key, { ...record, whole: 0 }, node)
    }
    return faults.filter(({ isWhole }) => isWhole).length
  }

  async #fetched(cid: Cid): Promise<Uint8Array | undefined> {
    try {
      return await this.#ports.fetchBlock(cid, this.#end.signal)
    } catch (error) {
      if (!isKitError(error) || this.#end.signal.aborted) throw error
      return undefined
    }
  }

  #tellDamage(segments: readonly string[], left: readonly Fault[], healed: number): void {
    const { log } = this.#ports
    if (healed > 0) log.warn(`${healed} blocks of the store were damaged, and replaced by copies`)
    for (const { path, reason } of left)
      log.error(`${path} is damaged: ${reason}; run \`ipfs-kit fsck --read-data --repair\`, then add it again`) // prettier-ignore
    for (const path of segments) log.error(`${path} is damaged; run \`ipfs-kit fsck --repair\``)
    const named = [
      ...segments.map((path) => ({ cid: '', path, reason: 'the index is damaged' })),
      ...left.map(({ key, record, path, reason }) => ({
        cid: String(Cid.v1(record.codec, SHA2_256, key)),
        path,
        reason
      }))
    ]
    this.#tell({
      damaged: named.slice(0, MAX_NAMED),
      damagedBlocks: named.length,
      healedBlocks: this.#report.healedBlocks + healed
    })
  }

  #tell(news: Partial<ScrubReport>): void {
    const before = this.#report
    this.#report = { ...before, ...news }
    if (JSON.stringify(this.#report) !== JSON.stringify(before))
      writeScrubReport(this.#ports.owner.store.layout, this.#report)
  }
}

function put(session: WriteSession, key: Uint8Array, record: BlockRecord, block: Uint8Array): void {
  const { codec, whole, kind, size, mode, mtimeSec, mtimeNsec } = record
  const mtime = mtimeSec === undefined ? undefined : { sec: mtimeSec, nsec: mtimeNsec }
  session.replace(Cid.v1(codec, SHA2_256, key), block, { kind, size, mode, mtime, whole })
}

function ifSound(cid: Cid, read: () => Uint8Array): Uint8Array | undefined {
  try {
    const block = read()
    verifyBlock(cid, block)
    return block
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}

const objectsOf = (faults: readonly Fault[]): Set<ObjectId> =>
  new Set(faults.map(({ record, isWhole }) => (isWhole ? record.whole : record.source)))

const timeText = (at: number | undefined): string | null =>
  at === undefined || !Number.isFinite(at) ? null : new Date(at).toISOString()
