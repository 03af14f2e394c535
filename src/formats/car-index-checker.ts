/** Compares a CARv2 index with the sections of its archive; it is never used unchecked. */
import type { Cid } from '../core/cid.js'
import { toKitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { CarIndex } from './car-index.js'
import type { CarReader } from './car-reader.js'

/** The check of one archive's index, if it has one. */
export class IndexChecker {
  readonly #index: CarIndex | undefined
  readonly #warn: (message: string) => void
  /** Blocks seen so far, because a repeated block may be indexed at either place. */
  readonly #seen = new KeySet()
  #warned = false

  /** @param warn is called once, with the first fault. */
  constructor(reader: CarReader, warn: (message: string) => void) {
    this.#warn = warn
    this.#index = this.#parse(reader)
  }

  #parse(reader: CarReader): CarIndex | undefined {
    try {
      const bytes = reader.indexBytes()
      return bytes === undefined ? undefined : CarIndex.parse(bytes)
    } catch (error) {
      this.#complain(toKitError(error).message)
      return undefined
    }
  }

  check(cid: Cid, offset: number): void {
    if (this.#index === undefined || cid.isIdentity || this.#warned) return
    const found = this.#index.lookUp(cid.hashCode, cid.digest, offset)
    if (found === 'absent') this.#complain(`it lacks ${cid}`)
    else if (found === 'elsewhere' && !this.#seen.has(cid.key))
      this.#complain(`it does not place ${cid} at ${offset}, where it is`)
    this.#seen.add(cid.key)
  }

  #complain(reason: string): void {
    this.#warned = true
    this.#warn(`the archive's index is wrong and was ignored: ${reason}`)
  }
}
