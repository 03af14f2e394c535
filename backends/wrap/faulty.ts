/** A backend that misbehaves on purpose, for tests of what is built upon it. */
import { setTimeout as delay } from 'node:timers/promises'
import { KitError } from '../../src/core/errors.js'
import type { Backend } from '../backend.js'
import { replaceGetBlock } from '../facets/intercept.js'
import type { BlockReader } from '../facets/blocks.js'
import type { Facets } from '../facets/facets.js'
import { WrappedBackend } from './wrapped.js'

export interface Faults {
  /** Milliseconds before each answer. */
  readonly latencyMs?: number
  /** Every n-th block comes with a byte flipped. */
  readonly corruptEvery?: number
  /** Every n-th call fails. */
  readonly failEvery?: number
  /** Calls never end by themselves. */
  readonly silent?: boolean
}

export class Faulty extends WrappedBackend {
  readonly #faults: Faults
  #calls = 0

  constructor(inner: Backend, faults: Faults) {
    super(inner)
    this.#faults = faults
  }

  protected override wrapFacets(facets: Facets): Facets {
    return replaceGetBlock(
      facets,
      (getBlock) => async (cid, options) => this.#spoil(() => getBlock(cid, options))
    )
  }

  async #spoil(getBlock: () => ReturnType<BlockReader['getBlock']>): Promise<Uint8Array> {
    const { latencyMs = 0, corruptEvery = 0, failEvery = 0, silent = false } = this.#faults
    const call = ++this.#calls
    if (silent) await new Promise<never>(() => undefined)
    if (latencyMs > 0) await delay(latencyMs)
    if (failEvery > 0 && call % failEvery === 0)
      throw new KitError('BACKEND_UNAVAILABLE', `${this.name} fails on purpose`)
    const block = await getBlock()
    if (corruptEvery === 0 || call % corruptEvery !== 0 || block.length === 0) return block
    const wrong = Buffer.from(block)
    wrong[wrong.length >> 1]! ^= 1
    return wrong
  }
}
