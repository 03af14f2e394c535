/**
 * Tells the log of requests that failed, once a minute for each kind of failure. The threads of a
 * mount share the memory that says when a kind was told last.
 */
import type { Clock } from '../core/clock.js'
import { ERROR_CODES, toKitError, type ErrorCode, type KitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { ERRNO } from './errno.js'
import { getSystemErrorName } from 'node:util'

const CODES = Object.keys(ERROR_CODES) as ErrorCode[]
/** The kinds that are told of: each code, and content that does not exist as nobody has it. */
const ABSENT = CODES.length
const KINDS = CODES.length + 1
/** Words of a kind: the second it was told last, and how often it was not told since. */
const WORDS = 2
const TOLD = 0
const UNTOLD = 1
/** What is subtracted from seconds since 1970, so that they fit a word for longer. */
const EPOCH_S = 1_700_000_000
const QUIET_S = 60

export type FailureMemory = SharedArrayBuffer

export const reserveFailures = (): FailureMemory =>
  new SharedArrayBuffer(KINDS * WORDS * Int32Array.BYTES_PER_ELEMENT)

/** Answers that are no failures of ours: there is no such name, nothing is written, and so on. */
const ANSWERS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PATH_NOT_FOUND', 'INVALID_CID', 'NOT_A_DIRECTORY', 'IS_A_DIRECTORY', 'EXISTS', 'NOT_EMPTY',
  'NAME_TOO_LONG', 'INVALID_ARGUMENT', 'LINK_LOOP', 'READ_ONLY', 'UNSUPPORTED', 'ABORTED', 'STALE'
]) // prettier-ignore

export class Failures {
  readonly #words: Int32Array
  readonly #log: Log
  readonly #clock: Clock

  constructor(memory: FailureMemory, log: Log, clock: Clock) {
    this.#words = new Int32Array(memory)
    this.#log = log
    this.#clock = clock
  }

  /** Tells of a request that failed. @param what was asked for, such as `read of ipfs/bafy…/a`. */
  note(error: unknown, what: () => string): void {
    const known = toKitError(error)
    if (ANSWERS.has(known.code)) return
    this.#tell(CODES.indexOf(known.code), (untold) => {
      const line = `${textOf(what)} failed with ${errnoText(known)}: ${known.message}${untold}`
      if (known.code === 'INTERNAL') this.#log.error(line, error)
      else this.#log.error(line)
    })
  }

  /** Tells that content does not exist because nobody has it. */
  noteAbsent(error: KitError, what: () => string): void {
    this.#tell(ABSENT, (untold) =>
      this.#log.warn(`${textOf(what)} found nothing: ${error.message}${untold}`)
    )
  }

  /** @param told is called unless a line of this kind was written within the last minute. */
  #tell(kind: number, told: (untold: string) => void): void {
    const at = kind * WORDS
    const now = Math.floor(this.#clock.now() / 1000) - EPOCH_S
    const last = Atomics.load(this.#words, at + TOLD)
    // A clock that was set back must not silence a kind for long.
    const isQuiet = last !== 0 && now >= last && now - last < QUIET_S
    if (isQuiet || Atomics.compareExchange(this.#words, at + TOLD, last, now) !== last) {
      Atomics.add(this.#words, at + UNTOLD, 1)
      return
    }
    const untold = Atomics.exchange(this.#words, at + UNTOLD, 0)
    told(untold === 0 ? '' : ` (and ${untold} more of this kind since the last line)`)
  }
}

const errnoText = ({ code }: KitError): string => getSystemErrorName(-ERRNO[code])

/** Returns the text of a request. What fails while it is found must not hide the failure itself. */
function textOf(what: () => string): string {
  try {
    return what()
  } catch {
    return 'a request'
  }
}
