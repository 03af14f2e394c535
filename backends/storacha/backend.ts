/** Storacha: reading through its gateways, and uploads to a space by its own client. */
import { isKitError } from '../../src/core/errors.js'
import type { Backend, BackendHealth } from '../backend.js'
import type { CallOptions } from '../facets/call.js'
import type { Facets } from '../facets/facets.js'
import { GatewayHosts } from '../gateway/hosts.js'
import { blockFrom, GatewayArchives, GatewayBlocks } from '../gateway/reading.js'
import { Lifetime } from '../lifetime.js'
import type { Secrets } from '../secrets.js'
import { openClient, type StorachaClient, type StorachaPlace } from './client.js'
import { StorachaUploads } from './uploads.js'

/** The identity CID of no bytes. A gateway that has no such block has answered, too. */
const PROBE = 'bafkqaaa'

export class StorachaBackend implements Backend {
  readonly type = 'storacha'
  readonly name: string
  readonly facets: Facets
  readonly #hosts: GatewayHosts
  readonly #uploads: StorachaUploads | undefined
  readonly #lifetime: Lifetime

  /** @param place where uploads go, if not to the service itself. */
  constructor(name: string, gateways: readonly URL[], secrets: Secrets, place: StorachaPlace = {}) {
    this.name = name
    this.#hosts = new GatewayHosts(gateways)
    this.#lifetime = new Lifetime(name)
    // The client is loaded when the first call needs it, and again after that failed.
    let client: Promise<StorachaClient> | undefined
    const open = (): Promise<StorachaClient> =>
      (client ??= openClient(secrets, place).catch((error: unknown) => {
        client = undefined
        throw error
      }))
    const canPut = ['agent-key', 'proof'].some((option) => secrets.text(option) !== undefined)
    this.#uploads = canPut ? new StorachaUploads(open, place) : undefined
    const uploads = this.#uploads
    this.facets = this.#lifetime.guard({
      blockReader: new GatewayBlocks(this.#hosts),
      entityArchives: new GatewayArchives(this.#hosts),
      ...(uploads === undefined
        ? {}
        : { pinStates: uploads, pinRemoval: uploads, carUploads: uploads })
    })
  }

  /** One gateway that answers is enough; a space that is named must be open to us. */
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
    const gateways = `${up} of ${hosts.length} gateways of Storacha answer`
    if (this.#uploads === undefined) return { version: `${gateways}, no space to put content into` }
    for await (const _ of this.#uploads.listPins({ signal })) break
    return { version: `${gateways}, and its space` }
  }

  close(): Promise<void> {
    this.#lifetime.end()
    this.#hosts.close()
    return Promise.resolve()
  }
}
