/**
 * Answers to writes that a client marked with a key of its own: one that asks again, since it does not
 * know whether the first request arrived, gets the same answer, and nothing is done twice.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../core/clock.js'
import { KitError } from '../core/errors.js'

export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Kept {
  /** Of the operation and its input. */
  readonly request: string
  /** Undefined while it is being made. */
  answer: KeptAnswer | undefined
  readonly at: number
}

const LIFE_MS = 24 * 3_600_000
const MAX_KEPT = 1000
const MAX_KEY = 255
/** Larger answers are made again; what is asked for does nothing twice that matters. */
const MAX_ANSWER = 1 << 20
/** Characters of all answers. */
const MAX_SIZE = 32 << 20

export class IdempotencyKeys {
  readonly #kept = new Map<string, Kept>()
  readonly #clock: Clock
  /** Characters of the answers that are kept. */
  #size = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Returns the answer to a request that was made before; undefined for a new one, which is then
   * finished by `keep` or `forget`.
   * @throws INVALID_ARGUMENT for a key that belongs to another request, BUSY while it is being answered.
   */
  begin(key: string, operation: string, input: unknown): KeptAnswer | undefined {
    if (key === '' || key.length > MAX_KEY)
      throw new KitError('INVALID_ARGUMENT', `Idempotency-Key must have 1 to ${MAX_KEY} characters`)
    this.#clean()
    const text = `${operation}\n${JSON.stringify(input)}`
    const request = createHash('sha256').update(text).digest('hex')
    const known = this.#kept.get(key)
    if (known === undefined) {
      this.#kept.set(key, { request, answer: undefined, at: this.#clock.now() })
      return undefined
    }
    if (known.request !== request)
      throw new KitError('INVALID_ARGUMENT', 'this Idempotency-Key belongs to another request; make a new one') // prettier-ignore
    if (known.answer === undefined)
      throw new KitError('BUSY', 'the request with this Idempotency-Key is still worked on')
    return known.answer
  }

  keep(key: string, answer: KeptAnswer): void {
    const known = this.#kept.get(key)
    if (known === undefined) return
    if (answer.body.length > MAX_ANSWER) return this.forget(key)
    known.answer = answer
    this.#size += answer.body.length
    for (const [other, { answer: kept }] of this.#kept) {
      if (this.#size <= MAX_SIZE) return
      if (other !== key && kept !== undefined) this.forget(other)
    }
  }

  /** Forgets a request that failed, so that it can be made again. */
  forget(key: string): void {
    this.#size -= this.#kept.get(key)?.answer?.body.length ?? 0
    this.#kept.delete(key)
  }

  /** The oldest go first. */
  #clean(): void {
    const now = this.#clock.now()
    for (const [key, { at, answer }] of this.#kept) {
      if (now - at < LIFE_MS && this.#kept.size < MAX_KEPT) return
      if (answer !== undefined) this.forget(key)
    }
  }
}
