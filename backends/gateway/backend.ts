/**
 * Trustless HTTP gateways: blocks, archives and IPNS records from several hosts.
 * Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/
 */
import { toKitError } from '../../src/core/errors.js'
import { settledWithGrace } from '../../src/core/settled-with-grace.js'
import type { Backend, BackendHealth } from '../backend.js'
import type { CallOptions } from '../facets/call.js'
import type { Facets } from '../facets/facets.js'
import type { NameRecords } from '../facets/names.js'
import type { HttpClient } from '../http.js'
import { Lifetime } from '../lifetime.js'
import { errorOfAll, type HostFailure } from './errors.js'
import { GatewayHosts } from './hosts.js'
import { nameRecordFrom } from './name-record.js'
import { blockFrom, GatewayArchives, GatewayBlocks } from './reading.js'

/** The other hosts are waited for so long when one has answered. */
const GRACE_MS = 300

/** The identity CID of no bytes: every trustless gateway must answer it. */
const PROBE = 'bafkqaaa'

export class GatewayBackend implements Backend {
  readonly type = 'gateway'
  readonly name: string
  readonly facets: Facets
  readonly #hosts: GatewayHosts
  readonly #lifetime: Lifetime

  constructor(name: string, urls: readonly URL[]) {
    this.name = name
    this.#hosts = new GatewayHosts(urls)
    this.#lifetime = new Lifetime(name)
    this.facets = this.#lifetime.guard({
      blockReader: new GatewayBlocks(this.#hosts),
      entityArchives: new GatewayArchives(this.#hosts),
      nameRecords: new GatewayRecords(this.#hosts)
    })
  }

  /** One host that answers is enough. */
  async health({ signal }: CallOptions): Promise<BackendHealth> {
    this.#lifetime.check(signal)
    const hosts = this.#hosts.all
    const answers = await Promise.allSettled(
      hosts.map((http) => blockFrom(http, PROBE, signal).then(() => undefined))
    )
    const failed = answers.find((answer) => answer.status === 'rejected')
    const up = answers.filter(({ status }) => status === 'fulfilled').length
    if (up === 0) throw failed!.reason
    return { version: `${up} of ${hosts.length} trustless gateways answer` }
  }

  close(): Promise<void> {
    this.#lifetime.end()
    this.#hosts.close()
    return Promise.resolve()
  }
}

class GatewayRecords implements NameRecords {
  readonly #hosts: GatewayHosts

  constructor(hosts: GatewayHosts) {
    this.#hosts = hosts
  }

  /** Every host is asked: which record is good, and the newest, is for the caller to find out. */
  async getNameRecords(name: string, { signal }: CallOptions): Promise<readonly Uint8Array[]> {
    const failures: HostFailure[] = []
    const ask = async (http: HttpClient): Promise<Uint8Array> => {
      try {
        return await nameRecordFrom(http, name, signal)
      } catch (error) {
        failures.push({ where: http.where, error: toKitError(error) })
        throw error
      }
    }
    const outcomes = await settledWithGrace(this.#hosts.all.map(ask), GRACE_MS)
    const records = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : []
    )
    if (records.length > 0) return records
    throw errorOfAll(failures)
  }
}
