/** Filecoin: content from storage providers over HTTP, and the deals by which they keep it. */
import { isKitError } from '../../src/core/errors.js'
import type { Backend, BackendHealth } from '../backend.js'
import type { CallOptions } from '../facets/call.js'
import type { Facets } from '../facets/facets.js'
import { GatewayHosts } from '../gateway/hosts.js'
import { blockFrom, GatewayArchives } from '../gateway/reading.js'
import { wordsFrom } from '../json-answer.js'
import { Lifetime } from '../lifetime.js'
import type { Secrets } from '../secrets.js'
import { FilecoinDeals } from './deals.js'
import { Lotus } from './lotus.js'
import type { FilecoinOptions } from './options.js'
import { ProviderBlocks } from './provider-blocks.js'

/** The identity CID of no bytes. Some providers have no such block: that is an answer, too. */
const PROBE = 'bafkqaaa'

export class FilecoinBackend implements Backend {
  readonly type = 'filecoin'
  readonly name: string
  readonly facets: Facets
  readonly #hosts: GatewayHosts
  readonly #lotus: Lotus | undefined
  readonly #lifetime: Lifetime

  constructor(name: string, { providers, lotus, deals }: FilecoinOptions, secrets: Secrets) {
    this.name = name
    this.#hosts = new GatewayHosts(providers)
    this.#lotus = lotus === undefined ? undefined : new Lotus(lotus, secrets)
    this.#lifetime = new Lifetime(name)
    this.facets = this.#lifetime.guard({
      blockReader: new ProviderBlocks(this.#hosts),
      entityArchives: new GatewayArchives(this.#hosts),
      ...(this.#lotus === undefined ? {} : { pinStates: new FilecoinDeals(this.#lotus, deals) })
    })
  }

  /** One provider that answers is enough; a Lotus node that is named must answer. */
  async health({ signal }: CallOptions): Promise<BackendHealth> {
    this.#lifetime.check(signal)
    const hosts = this.#hosts.all
    const answers = await Promise.allSettled(
      hosts.map((http) =>
        blockFrom(http, PROBE, signal).catch((error: unknown) => {
          if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
        })
      )
    )
    const failed = answers.find((answer) => answer.status === 'rejected')
    const up = answers.filter(({ status }) => status === 'fulfilled').length
    if (up === 0 && failed !== undefined) throw failed.reason
    const lotus = this.#lotus === undefined ? '' : `, Lotus ${wordsFrom(await this.#lotus.version(signal))}` // prettier-ignore
    return { version: `${up} of ${hosts.length} storage providers answer${lotus}` }
  }

  close(): Promise<void> {
    this.#lifetime.end()
    this.#hosts.close()
    this.#lotus?.close()
    return Promise.resolve()
  }
}
