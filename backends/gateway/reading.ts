/**
 * Blocks and archives from hosts that speak as trustless gateways do.
 * Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/
 */
import { verifyBlock, type Cid } from '../../src/core/cid.js'
import { MAX_BLOCK, type BlockReader } from '../facets/blocks.js'
import type { CallOptions } from '../facets/call.js'
import type { EntityArchives } from '../facets/streams.js'
import type { HttpClient } from '../http.js'
import { askGateway, type GatewayHosts } from './hosts.js'

export const RAW_TYPE = 'application/vnd.ipld.raw'
export const CAR_TYPE = 'application/vnd.ipld.car'

/** Reads a block from one host, unverified. */
export async function blockFrom(
  http: HttpClient,
  cid: string,
  signal: AbortSignal
): Promise<Uint8Array> {
  const answer = await askGateway(http, `/ipfs/${cid}?format=raw`, RAW_TYPE, signal)
  return await http.bodyOf(answer, MAX_BLOCK, signal)
}

export class GatewayBlocks implements BlockReader {
  readonly #hosts: GatewayHosts

  constructor(hosts: GatewayHosts) {
    this.#hosts = hosts
  }

  /** Verified here already: a host that gives other bytes is set aside, and the next one is asked. */
  getBlock(cid: Cid, { signal }: CallOptions): Promise<Uint8Array> {
    return this.#hosts.first(async (http) => {
      const block = await blockFrom(http, String(cid), signal)
      verifyBlock(cid, block)
      return block
    }, signal)
  }
}

export class GatewayArchives implements EntityArchives {
  readonly #hosts: GatewayHosts

  constructor(hosts: GatewayHosts) {
    this.#hosts = hosts
  }

  async *readEntityCar(
    cid: Cid,
    position: number,
    { signal }: CallOptions
  ): AsyncIterable<Uint8Array> {
    const part = position === 0 ? '' : `&entity-bytes=${position}:*`
    const path = `/ipfs/${cid}?format=car&dag-scope=entity${part}&car-order=dfs&car-dups=y`
    const [http, answer] = await this.#hosts.first(
      async (http) => [http, await askGateway(http, path, CAR_TYPE, signal)] as const,
      signal
    )
    yield* http.stream(answer, signal)
  }
}
