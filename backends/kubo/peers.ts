/** A Kubo node among its peers. */
import { KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { Peers } from '../facets/peers.js'
import { wordsFrom } from '../json-answer.js'
import type { KuboApi } from './api.js'

export class KuboPeers implements Peers {
  readonly #api: KuboApi

  constructor(api: KuboApi) {
    this.#api = api
  }

  async getAddresses({ signal }: CallOptions): Promise<readonly string[]> {
    const { Addresses: addresses } = await this.#api.json('id', [], signal)
    // A node that is offline says null.
    if (!Array.isArray(addresses)) return []
    return addresses.filter((address) => typeof address === 'string').map(wordsFrom)
  }

  /** One after the other: most are ways to the same node. */
  async connect(addresses: readonly string[], { signal }: CallOptions): Promise<void> {
    let last: unknown = new KitError('BACKEND_UNAVAILABLE', 'there is no address to connect to')
    for (const address of addresses)
      try {
        await this.#api.json('swarm/connect', [['arg', address]], signal)
        return
      } catch (error) {
        if (signal.aborted) throw signal.reason
        last = error
      }
    throw last
  }
}
