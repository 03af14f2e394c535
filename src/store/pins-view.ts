/** The read-only view of the pins. */
import { statSync } from 'node:fs'
import { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { readPins } from './pins.js'

/** A serving thread's cached copy of the pinned roots, which refresh() discards. */
export class PinsView {
  readonly #path: string
  #pins: readonly string[] | undefined
  #changedAt: number | undefined

  constructor(path: string) {
    this.#path = path
  }

  refresh(): void {
    this.#pins = undefined
    this.#changedAt = undefined
  }

  roots(): readonly string[] {
    return (this.#pins ??= [...readPins(this.#path).keys()].filter(isCid))
  }

  changedAt(): number {
    return (this.#changedAt ??= ifPresent(() => statSync(this.#path).mtimeMs) ?? 0)
  }
}

/** `fsck` reports a pin that is no CID; it has no place in a listing. */
function isCid(pin: string): boolean {
  try {
    Cid.parse(pin)
    return true
  } catch (error) {
    if (isKitError(error)) return false
    throw error
  }
}
