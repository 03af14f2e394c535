/** Runs the scrub of a home in its engine: finds what rots, and puts copies from elsewhere in its place. */
import { setTimeout as delay } from 'node:timers/promises'
import { abortController } from '../core/abort.js'
import type { Cid } from '../core/cid.js'
import type { Clock } from '../core/clock.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { Turns } from '../core/turns.js'
import type { Tell } from '../operations/events.js'
import { heal } from '../store/heal.js'
import type { LeavesOf } from '../store/object-check.js'
import type { ObjectId } from '../store/ports.js'
import type { StoreReader } from '../store/reader.js'
import { findDue, type Due } from '../store/scrub-due.js'
import { readScrubReport, writeScrubReport, type ScrubReport } from '../store/scrub-report.js'
import { objectOf, scrub, type Fault } from '../store/scrub.js'
import { damagedSegments } from '../store/segment-check.js'
import { DamageList } from './damage-list.js'
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

export interface ScrubberPorts {
  readonly owner: LocalOwner
  readonly leavesOf: (reader: StoreReader) => LeavesOf
  /** Returns the verified block of a CID from a backend. @throws KitError. */
  readonly fetchBlock: (cid: Cid, signal: AbortSignal) => Promise<Uint8Array>
  /** Bytes per second. */
  readonly rate: number
  readonly clock: Clock
  readonly log: Log
  readonly tell?: Tell
}

export class Scrubber {
  readonly #ports: ScrubberPorts
  readonly #end = abortController()
  /** Whole files that the index names and no folder lists. */
  readonly #absent = new Set<ObjectId>()
  readonly #damage: DamageList
  #report: ScrubReport
  #done: Promise<void> = Promise.resolve()

  constructor(ports: ScrubberPorts) {
    this.#ports = ports
    this.#report = readScrubReport(ports.owner.store.layout)
    this.#damage = new DamageList(this.#report)
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
    const { owner } = this.#ports
    const turns = new Turns(this.#end.signal)
    const due = await this.#due(turns)
    if (due.objects.size === 0) {
      this.#tell({ hashedSince: timeText(due.hashedSince) })
      return
    }
    const segments = await damagedSegments(owner.store, turns)
    const faults = await this.#scrub(due)
    const healed = faults.length === 0 ? 0 : await this.#heal(faults, turns)
    const left = healed === 0 ? faults : await this.#scrub({ ...due, objects: objectsOf(faults) })
    this.#tellDamage(segments, left, healed ?? 0)
    this.#tell({
      ...this.#damage.update(due, segments, left),
      healedBlocks: this.#report.healedBlocks + (healed ?? 0),
      hashedSince: timeText((await this.#due(turns)).hashedSince)
    })
  }

  #due(turns: Turns): Promise<Due> {
    const { owner, clock } = this.#ports
    const now = clock.now()
    const times = { before: now - EVERY_MS, retryBefore: now - RETRY_MS }
    return findDue(owner.store, { ...times, absent: this.#absent, turns })
  }

  async #scrub(due: Due): Promise<readonly Fault[]> {
    const { owner, leavesOf, clock } = this.#ports
    const { signal } = this.#end
    let unpaced = 0
    const pace = async (bytes: number): Promise<void> => {
      unpaced += bytes
      if (unpaced < STEP) return
      // The error of an aborted delay is none of ours.
      await delay((unpaced / this.#ports.rate) * 1000, undefined, { signal }).catch(() => undefined)
      signal.throwIfAborted()
      unpaced = 0
    }
    const options = { leavesOf, turns: new Turns(signal), pace, clock }
    const { faults, absent } = await scrub(owner.store, due, options)
    for (const id of due.objects) this.#absent.delete(id)
    for (const id of absent) this.#absent.add(id)
    return faults
  }

  /** Stores copies of what is damaged. @returns how many; undefined where that ended early. */
  async #heal(faults: readonly Fault[], turns: Turns): Promise<number | undefined> {
    const { owner, leavesOf, log } = this.#ports
    try {
      return await heal(faults, {
        home: owner.store.layout.home,
        leavesOf,
        fetched: (cid) => this.#fetched(cid),
        publish: (session) => owner.publish(session, []),
        turns
      })
    } catch (error) {
      this.#end.signal.throwIfAborted()
      // gc may run, or the disk be full: what is damaged is told all the same.
      log.debug(`the healing waits: ${toKitError(error).message}`)
      return undefined
    }
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
    const { log, tell } = this.#ports
    if (healed > 0) {
      log.warn(`${healed} blocks of the store were damaged, and replaced by copies`)
      tell?.({ type: 'healed', what: 'block', blocks: healed, cid: null, backend: null })
    }
    const objects = new Map<string, { readonly reason: string; count: number }>()
    for (const { path, reason } of left) {
      const object = objects.get(path)
      if (object === undefined) objects.set(path, { reason, count: 1 })
      else object.count++
    }
    for (const [path, { reason, count }] of objects) {
      const places = count === 1 ? '' : ` in ${count} places`
      log.error(`${path} is damaged${places}: ${reason}; run \`ipfs-kit fsck --read-data --repair\`, then add it again`) // prettier-ignore
    }
    for (const path of segments) log.error(`${path} is damaged; run \`ipfs-kit fsck --repair\``)
  }

  #tell(news: Partial<ScrubReport>): void {
    const before = this.#report
    this.#report = { ...before, ...news }
    if (JSON.stringify(this.#report) !== JSON.stringify(before))
      writeScrubReport(this.#ports.owner.store.layout, this.#report)
  }
}

const objectsOf = (faults: readonly Fault[]): Set<ObjectId> => new Set(faults.map(objectOf))

const timeText = (at: number | undefined): string | null =>
  at === undefined || !Number.isFinite(at) ? null : new Date(at).toISOString()
