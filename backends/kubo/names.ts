/** IPNS records and keys of a Kubo node. */
import type { Cid } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { Keys, NamedKey, NamePublishing, NameRecords } from '../facets/names.js'
import { nameRecordFrom } from '../gateway/name-record.js'
import { HttpClient, type Origin } from '../http.js'
import type { KuboApi } from './api.js'
import { gatewayBeside } from './options.js'

export class KuboNames implements NameRecords, Keys, NamePublishing {
  readonly #api: KuboApi
  readonly #origin: Origin
  #gateway: HttpClient | undefined

  /** @param origin of the API: the node's gateway is on the same machine. */
  constructor(api: KuboApi, origin: Origin) {
    this.#api = api
    this.#origin = origin
  }

  /** Asks the routing system by way of the node, or the node's own gateway where it is offline. */
  async getNameRecords(name: string, { signal }: CallOptions): Promise<readonly Uint8Array[]> {
    try {
      return [await this.#api.bytes('name/get', [['arg', name]], signal)]
    } catch (error) {
      // The node is offline, or older than this command.
      if (!isKitError(error, 'UNSUPPORTED')) throw error
    }
    return [await nameRecordFrom(await this.#ownGateway(signal), name, signal)]
  }

  /** The gateway that the node names, on its own machine and nowhere else. */
  async #ownGateway(signal: AbortSignal): Promise<HttpClient> {
    if (this.#gateway !== undefined) return this.#gateway
    const { Value: value } = await this.#api.json('config', [['arg', 'Addresses.Gateway']], signal)
    const first: unknown = Array.isArray(value) ? value[0] : value
    const origin = typeof first === 'string' ? gatewayBeside(this.#origin, first) : undefined
    if (origin !== undefined) return (this.#gateway ??= new HttpClient(origin))
    throw new KitError(
      'UNSUPPORTED',
      `${this.#api.where} is offline and has no gateway within our reach: it cannot give IPNS records; start it without --offline, or set its Addresses.Gateway`
    )
  }

  async listKeys({ signal }: CallOptions): Promise<readonly NamedKey[]> {
    const { Keys: keys } = await this.#api.json('key/list', [], signal)
    if (!Array.isArray(keys)) throw this.#api.strange('key/list')
    return keys.map(({ Name: name, Id: id }: { Name?: unknown; Id?: unknown }) => {
      if (typeof name !== 'string' || typeof id !== 'string') throw this.#api.strange('key/list')
      return { name, id }
    })
  }

  async publishName(key: string, cid: Cid, options: CallOptions): Promise<string> {
    const { signal } = options
    const keys = await this.listKeys(options)
    if (!keys.some(({ name }) => name === key))
      await this.#api.json('key/gen', [['arg', key], ['type', 'ed25519']], signal) // prettier-ignore
    const { Name: name } = await this.#api.json(
      'name/publish',
      [
        ['arg', `/ipfs/${cid}`],
        ['key', key],
        ['lifetime', '720h'],
        ['ttl', '1m'],
        // The node has the content, and publishes again once it is online.
        ['resolve', 'false'],
        ['allow-offline', 'true']
      ],
      signal
    )
    if (typeof name !== 'string') throw this.#api.strange('name/publish')
    return name
  }

  close(): void {
    this.#gateway?.close()
  }
}
