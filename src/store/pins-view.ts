/** The read-only view of the pins. */
import { statSync } from 'node:fs'
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
    return (this.#pins ??= [...readPins(this.#path).keys()])
  }

  changedAt(): number {
    return (this.#changedAt ??= ifPresent(() => statSync(this.#path).mtimeMs) ?? 0)
  }
}
