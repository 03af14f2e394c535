/**
 * Keeps the metadata index true while an engine runs: notes of what was read and fetched are written together
 * every few seconds, and the files of the index some time after a change, so that this takes a small share of the time.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { abortController } from '../core/abort.js'
import { Cid } from '../core/cid.js'
import type { Clock } from '../core/clock.js'
import { KitError, toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import type { IndexPatch } from '../metadata/patch.js'

/** How often notes are written. */
const EVERY_MS = 5000
/** How many times as long as writing the files took it waits until it writes them again. */
const REST = 20
/** Files of which reads are noted at a time; of more, those that come first. */
const MAX_NOTED = 10_000

export interface IndexKeeperPorts {
  readonly record: (patches: readonly IndexPatch[]) => Promise<void>
  /** Changes that the files lack. */
  readonly pending: () => Promise<number>
  readonly compact: () => Promise<void>
  /** Describes content that was fetched, as far as it is here. */
  readonly describe: (cids: readonly Cid[]) => Promise<readonly IndexPatch[]>
  /** Takes the CIDs, as bytes, that were opened since the last call. */
  readonly opened: () => Iterable<Uint8Array>
  /** Takes what other processes noted of their reads. */
  readonly noted: () => readonly IndexPatch[]
  readonly clock: Clock
  readonly log: Pick<Log, 'debug' | 'warn'>
}

interface Noted {
  readonly cid: Cid
  count: number
  last: number
  /** Whether it had to be fetched, so that the index may not know it. */
  isFetched: boolean
}

export class IndexKeeper {
  readonly #ports: IndexKeeperPorts
  readonly #end = abortController()
  #noted = new Map<string, Noted>()
  #compactAfter = 0
  #done: Promise<void> = Promise.resolve()

  constructor(ports: IndexKeeperPorts) {
    this.#ports = ports
  }

  /** Notes that somebody opened content, wherever it is. Costs an entry of a map. */
  noteOpened(cid: Cid): void {
    const noted = this.#noteOf(cid, false)
    if (noted === undefined) return
    noted.count++
    noted.last = this.#ports.clock.now()
  }

  /** Returns the note of content; undefined where there are too many. */
  #noteOf(cid: Cid, isFetched: boolean): Noted | undefined {
    const key = String(cid)
    const known = this.#noted.get(key)
    if (known !== undefined || this.#noted.size >= MAX_NOTED) return known
    const noted = { cid, count: 0, last: -Infinity, isFetched }
    this.#noted.set(key, noted)
    return noted
  }

  /** Notes that somebody reads content that had to be fetched. */
  noteFetched(cid: Cid): void {
    const noted = this.#noteOf(cid, true)
    if (noted === undefined) return
    const last = this.#ports.clock.now()
    noted.isFetched = true
    // Pieces of one file that come within a second are one read, and that of somebody who just opened it.
    if (last - noted.last > 1000) noted.count++
    noted.last = last
  }

  start(): void {
    this.#done = this.#run().catch(() => undefined)
  }

  /** Writes what was noted, and ends. */
  async stop(): Promise<void> {
    this.#end.abort(new KitError('ABORTED', 'the engine ends'))
    await this.#done
    await this.flush()
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    for (;;) {
      await delay(EVERY_MS, undefined, { signal, ref: false })
      await this.flush()
      await this.settle()
    }
  }

  /** Writes what was noted since the last call. Never rejects. */
  async flush(): Promise<void> {
    for (const cid of this.#ports.opened()) this.noteOpened(Cid.decode(cid))
    const byOthers = this.#ports.noted()
    if (this.#noted.size === 0 && byOthers.length === 0) return
    const noted = this.#noted
    this.#noted = new Map()
    const accesses = [...noted].map(([cid, { count, last, isFetched }]): IndexPatch => ({ cid, at: last, accesses: { count, last }, ...(isFetched ? {} : { only_known: true }) })) // prettier-ignore
    try {
      const fetched = [...noted.values()].filter(({ isFetched }) => isFetched)
      const described = await this.#ports.describe(fetched.map(({ cid }) => cid))
      await this.#ports.record([...described, ...accesses, ...byOthers])
    } catch (error) {
      this.#ports.log.warn(`reads are missing in the metadata index: ${toKitError(error).message}`)
    }
  }

  /** Writes the files of the index where they lack something, unless that was done a moment ago. Never rejects. */
  async settle(): Promise<void> {
    const { clock, log, pending, compact } = this.#ports
    const began = clock.elapsed()
    if (began < this.#compactAfter) return
    try {
      if ((await pending()) === 0) return
      await compact()
    } catch (error) {
      log.warn(`the files of the metadata index stay as they are: ${toKitError(error).message}`)
    }
    const ended = clock.elapsed()
    this.#compactAfter = ended + REST * (ended - began)
  }
}
