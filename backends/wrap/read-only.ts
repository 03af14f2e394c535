/** A backend where nothing is put, taken away or published: it has lost what changes something. */
import { KitError } from '../../src/core/errors.js'
import type { Backend } from '../backend.js'
import type { Capability } from '../capabilities.js'
import { WrappedBackend } from './wrapped.js'

const CHANGES: readonly Capability[] = ['put', 'delete', 'pin']

export class ReadOnly extends WrappedBackend {
  readonly #capabilities: ReadonlySet<Capability>

  constructor(inner: Backend) {
    super(inner)
    const all = new Set(inner.capabilities)
    for (const one of CHANGES) all.delete(one)
    this.#capabilities = all
  }

  override get capabilities(): ReadonlySet<Capability> {
    return this.#capabilities
  }

  /** Keys may still be listed. */
  override publishName(): Promise<never> {
    return Promise.reject(
      new KitError('UNSUPPORTED', `backend ${this.name} is read only: nothing is published there`)
    )
  }
}
