/**
 * Keeps copies on backends in order while an engine runs: what failed or was interrupted is stored again,
 * and copies that were not looked at for long are verified, each when its operation in the log is due. Backends
 * whose copies are all stored and verified are asked nothing.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { abortController } from '../core/abort.js'
import { KitError, toKitError } from '../core/errors.js'
import type { Clock } from '../core/clock.js'
import type { Log } from '../core/log.js'

/** How soon after the start of the engine it looks first: a mount must not wait for it. */
const FIRST_MS = 30_000
/** How often it looks what is due. */
const EVERY_MS = 10 * 60_000

/** How often it looks which pins have grown cold, or hot again: it walks through all of them. */
const MOVE_EVERY_MS = 3_600_000

/** What a round did. */
export interface Round {
  /** Copies that were stored or moved. */
  readonly stored: number
  /** What still fails, one text for each copy. */
  readonly failures: readonly string[]
}

export const NOTHING: Round = { stored: 0, failures: [] }

export interface CopyKeeperPorts {
  /**
   * Stores again what is not stored.
   * @param isFirst whether what has failed for good is tried, too.
   */
  readonly sync: (signal: AbortSignal, isFirst: boolean) => Promise<Round>
  /** Verifies the copies that were not looked at for longest. */
  readonly verify: (signal: AbortSignal, isFirst: boolean) => Promise<Round>
  /** Moves copies to where the policy would choose now. */
  readonly move: (signal: AbortSignal) => Promise<Round>
  readonly clock: Pick<Clock, 'elapsed'>
  readonly log: Pick<Log, 'info' | 'warn' | 'debug'>
}

export class CopyKeeper {
  readonly #ports: CopyKeeperPorts
  readonly #end = abortController()
  #done: Promise<void> = Promise.resolve()
  /** When it looks for pins to move again. */
  #moveAt = Number.NEGATIVE_INFINITY
  /** Whether no round has come to its end yet. */
  #isFirst = true

  constructor(ports: CopyKeeperPorts) {
    this.#ports = ports
  }

  start(): void {
    this.#done = this.#run().catch(() => undefined)
  }

  async stop(): Promise<void> {
    this.#end.abort(new KitError('ABORTED', 'the engine ends'))
    await this.#done
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    for (let wait = FIRST_MS; ; wait = EVERY_MS) {
      await delay(wait, undefined, { signal, ref: false })
      await this.look()
    }
  }

  /** Looks once. @returns whether something failed. */
  async look(): Promise<boolean> {
    const { log, sync, verify } = this.#ports
    const { signal } = this.#end
    try {
      const synced = await sync(signal, this.#isFirst)
      const verified = await verify(signal, this.#isFirst)
      this.#isFirst = false
      const moved = await this.#moveIfDue()
      const failures = [synced, verified, moved].flatMap((round) => round.failures)
      if (synced.stored > 0) log.info(`stored ${synced.stored} copies of pins that backends lacked`)
      if (moved.stored > 0) log.info(`moved ${moved.stored} copies of pins to other backends`)
      if (failures.length > 0)
        log.warn(`${failures.length} copies of pins are not as they should be: ${failures[0]}`)
      return failures.length > 0
    } catch (error) {
      if (signal.aborted) throw error
      log.debug(`copies of pins are looked at later: ${toKitError(error).message}`)
      return true
    }
  }

  async #moveIfDue(): Promise<Round> {
    const { clock, move } = this.#ports
    const now = clock.elapsed()
    if (now < this.#moveAt) return NOTHING
    this.#moveAt = now + MOVE_EVERY_MS
    return await move(this.#end.signal)
  }
}
