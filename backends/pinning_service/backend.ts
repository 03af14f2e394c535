/** A pinning service: whoever speaks the vendor-neutral API. */
import type { Backend, BackendHealth } from '../backend.js'
import { headerSecret } from '../bearer.js'
import type { CallOptions } from '../facets/call.js'
import type { Facets } from '../facets/facets.js'
import { Lifetime } from '../lifetime.js'
import type { Secrets } from '../secrets.js'
import { PinningApi } from './api.js'
import type { PinningServiceOptions } from './options.js'
import { ServicePins } from './pins.js'

export class PinningServiceBackend implements Backend {
  readonly type = 'pinning_service'
  readonly name: string
  readonly facets: Facets
  readonly #api: PinningApi
  readonly #lifetime: Lifetime

  constructor(name: string, { url, origins }: PinningServiceOptions, secrets: Secrets) {
    this.name = name
    this.#api = new PinningApi(url, headerSecret(secrets, 'token', 'the access token'))
    this.#lifetime = new Lifetime(name)
    const pins = new ServicePins(this.#api, origins)
    this.facets = this.#lifetime.guard({ pinStates: pins, remotePins: pins, pinRemoval: pins })
  }

  async health({ signal }: CallOptions): Promise<BackendHealth> {
    this.#lifetime.check(signal)
    const { count } = await this.#api.list({ limit: '1' }, signal)
    return { version: `pinning service ${this.#api.where}, ${count} pin requests` }
  }

  close(): Promise<void> {
    this.#lifetime.end()
    this.#api.close()
    return Promise.resolve()
  }
}
