/**
 * Keeps the Arrow files of a home true while an engine runs. The index of pins is written anew some
 * time after it changed, so that steady changes cost a small share of the time; what tells of a moment,
 * when it is another one. Nothing is written while nothing happens, but for a sign of life a minute.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { abortController } from '../core/abort.js'
import type { Clock } from '../core/clock.js'
import { KitError, toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'

/** How often it looks for changes of pins, and of anything else. */
const LOOK_MS = 1000
const MOMENT_MS = 5000
/** How long a file of a moment counts, and when it is written anew though nothing changed. */
const VALID_MS = 75_000
const RENEW_MS = 60_000
/** The index is written for this share of the time at most. */
const SHARE = 0.05

export interface PublisherPorts {
  readonly isPinIndexCurrent: () => boolean
  readonly writePinIndex: (signal: AbortSignal) => Promise<void>
  /**
   * Writes what is the case in this moment.
   * @param before what the last call returned.
   * @returns a text that is another one when something changed that matters.
   */
  readonly writeMoment: (before: string | undefined, validUntilMs: number) => string
  /** Removes what tells of a moment, as nobody is there any more. */
  readonly removeMoment: () => void
  readonly clock: Clock
  readonly log: Pick<Log, 'warn' | 'debug'>
}

export class StreamPublisher {
  readonly #ports: PublisherPorts
  readonly #end = abortController()
  #done: Promise<void> = Promise.resolve()
  #writing: Promise<void> | undefined
  /** When the index may be written again. */
  #pinsAt = -Infinity
  #momentAt = -Infinity
  #renewAt = -Infinity
  #moment: string | undefined
  #failure = ''

  constructor(ports: PublisherPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#done = this.#run().catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#end.abort(new KitError('ABORTED', 'the engine ends'))
    await this.#done
    await this.#writing?.catch(() => undefined)
    this.#ports.removeMoment()
  }

  async #run(): Promise<void> {
    for (;;) {
      // First of all a mount is made, which does not wait for this.
      await delay(LOOK_MS, undefined, { signal: this.#end.signal, ref: false })
      await this.look()
    }
  }

  /** Looks once, and writes what is due. */
  async look(): Promise<void> {
    const { clock, log, isPinIndexCurrent } = this.#ports
    try {
      if (clock.elapsed() >= this.#momentAt) this.#writeMoment()
      if (clock.elapsed() >= this.#pinsAt && !isPinIndexCurrent()) await this.#writePins()
      this.#failure = ''
    } catch (error) {
      if (this.#end.signal.aborted) throw error
      const { message } = toKitError(error)
      // A full disk stays full for a while: it is said once.
      if (message !== this.#failure) log.warn(`files for other programs cannot be written: ${message}`) // prettier-ignore
      this.#failure = message
      this.#momentAt = this.#pinsAt = clock.elapsed() + RENEW_MS
    }
  }

  /** Resolves when the index shows what was pinned at the call. @throws what writing it throws. */
  async ensurePins(): Promise<void> {
    // One that is being written may have begun before.
    await this.#writing?.catch(() => undefined)
    if (!this.#ports.isPinIndexCurrent()) await this.#writePins()
  }

  #writePins(): Promise<void> {
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined))
    return this.#writing
  }

  async #write(): Promise<void> {
    const { clock, writePinIndex } = this.#ports
    const began = clock.elapsed()
    await writePinIndex(this.#end.signal)
    const ended = clock.elapsed()
    this.#pinsAt = ended + (ended - began) / SHARE
  }

  #writeMoment(): void {
    const { clock, writeMoment } = this.#ports
    const now = clock.elapsed()
    this.#momentAt = now + MOMENT_MS
    const isDue = now >= this.#renewAt
    const moment = writeMoment(isDue ? undefined : this.#moment, clock.now() + VALID_MS)
    if (isDue || moment !== this.#moment) this.#renewAt = now + RENEW_MS
    this.#moment = moment
  }
}
