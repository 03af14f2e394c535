/** Stands for a backend that cannot be opened. */
import type { KitError } from '../src/core/errors.js'
import type { Backend, BackendHealth } from './backend.js'
import type { Facets } from './facets/facets.js'

/**
 * Rejects every question about what is there with the reason: it may have what the others lack, so
 * nothing is missing as long as it cannot be asked.
 */
export class Unopened implements Backend {
  readonly name: string
  readonly type: string
  readonly facets: Facets
  readonly #reason: KitError

  constructor(name: string, type: string, reason: KitError) {
    this.name = name
    this.type = type
    this.#reason = reason
    const reject = (): Promise<never> => Promise.reject(reason)
    this.facets = {
      blockReader: { getBlock: reject },
      nameRecords: { getNameRecords: reject },
      keys: { listKeys: reject }
    }
  }

  health(): Promise<BackendHealth> {
    return Promise.reject(this.#reason)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
