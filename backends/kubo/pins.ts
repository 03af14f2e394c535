/** Recursive pins of a Kubo node. */
import type { Cid } from '../../src/core/cid.js'
import { isKitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { RemotePins } from '../facets/remote-pins.js'
import { OFFLINE, NO_PROGRESS, type KuboApi } from './api.js'

export class KuboPins implements RemotePins {
  readonly #api: KuboApi
  readonly #network: boolean

  /** @param network whether the node may fetch from its network what a DAG lacks. */
  constructor(api: KuboApi, network: boolean) {
    this.#api = api
    this.#network = network
  }

  async pin(cid: Cid, { signal }: CallOptions): Promise<void> {
    const reach = this.#network ? [] : [OFFLINE]
    await this.#api.json('pin/add', [['arg', String(cid)], NO_PROGRESS, ...reach], signal)
  }

  async unpin(cid: Cid, { signal }: CallOptions): Promise<void> {
    try {
      await this.#api.json('pin/rm', [['arg', String(cid)]], signal)
    } catch (error) {
      if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
    }
  }

  async isPinned(cid: Cid, { signal }: CallOptions): Promise<boolean> {
    try {
      const type = ['type', 'recursive'] as const
      await this.#api.json('pin/ls', [['arg', String(cid)], type], signal)
      return true
    } catch (error) {
      if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
      return false
    }
  }
}
