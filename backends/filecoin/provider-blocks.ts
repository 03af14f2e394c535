/** Blocks from storage providers, of whom some give archives alone. */
import { equalBytes } from '../../src/core/bytes.js'
import { verifyBlock, type Cid } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { ExactReader } from '../../src/core/exact-reader.js'
import { CarSections } from '../../src/formats/car-stream.js'
import { MAX_BLOCK, type BlockReader } from '../facets/blocks.js'
import type { CallOptions } from '../facets/call.js'
import { askGateway, type GatewayHosts } from '../gateway/hosts.js'
import { blockFrom, CAR_TYPE, RAW_TYPE } from '../gateway/reading.js'
import type { HttpClient } from '../http.js'

/** Statuses by which a provider says that it gives no raw blocks. */
const NO_RAW: ReadonlySet<number> = new Set([400, 406, 415, 501])

export class ProviderBlocks implements BlockReader {
  readonly #hosts: GatewayHosts
  /** Providers that have refused to give a raw block. */
  readonly #archivesOnly = new Set<HttpClient>()

  constructor(hosts: GatewayHosts) {
    this.#hosts = hosts
  }

  /** Verified here already, so that the next provider is asked in the place of one that lies. */
  getBlock(cid: Cid, { signal }: CallOptions): Promise<Uint8Array> {
    return this.#hosts.first(async (http) => {
      const block = await this.#blockFrom(http, cid, signal)
      verifyBlock(cid, block)
      return block
    }, signal)
  }

  async #blockFrom(http: HttpClient, cid: Cid, signal: AbortSignal): Promise<Uint8Array> {
    if (!this.#archivesOnly.has(http)) {
      const path = `/ipfs/${cid}?format=raw`
      const answer = await http.send({ path, headers: { accept: RAW_TYPE }, signal })
      if (answer.status === 200) return await http.bodyOf(answer, MAX_BLOCK, signal)
      if (!NO_RAW.has(answer.status)) {
        answer.body.destroy()
        return await blockFrom(http, String(cid), signal)
      }
      answer.body.resume()
      this.#archivesOnly.add(http)
    }
    return await blockInArchive(http, cid, signal)
  }
}

async function blockInArchive(
  http: HttpClient,
  cid: Cid,
  signal: AbortSignal
): Promise<Uint8Array> {
  const path = `/ipfs/${cid}?format=car&dag-scope=block`
  const answer = await askGateway(http, path, CAR_TYPE, signal)
  const sections = new CarSections(new ExactReader(http.stream(answer, signal)))
  try {
    const first = await sections.next()
    if (first === undefined || !equalBytes(first.cid.multihash, cid.multihash))
      throw new KitError('BACKEND_UNAVAILABLE', `${http.where} answers with an archive without ${cid}`) // prettier-ignore
    if (first.length > MAX_BLOCK)
      throw new KitError('TOO_LARGE', `${http.where} answers with a block of ${first.length} bytes`)
    return await sections.take(first)
  } finally {
    await sections.close()
  }
}
