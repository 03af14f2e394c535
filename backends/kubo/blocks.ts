/** Blocks of a Kubo node: from its repository on this machine first, else by its RPC API. */
import { equalBytes } from '../../src/core/bytes.js'
import type { Cid } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import { hashFor } from '../../src/core/hash.js'
import type { BlockOptions, BlockReader, BlockWriter } from '../facets/blocks.js'
import type { CallOptions } from '../facets/call.js'
import { OFFLINE, type KuboApi } from './api.js'
import { saidCid } from '../said-cid.js'
import type { KuboRepo } from './repo.js'

/** Codecs by the names that `block/put` takes. */
const CODECS: Readonly<Record<number, string>> = {
  0x55: 'raw',
  0x70: 'dag-pb',
  0x71: 'dag-cbor',
  0x0129: 'dag-json'
}
const hex = (code: number): string => `0x${code.toString(16)}`

export class KuboBlocks implements BlockReader, BlockWriter {
  readonly #api: KuboApi
  readonly #repo: KuboRepo | undefined
  readonly #network: boolean

  /** @param network whether the node may search its network for what it has not. */
  constructor(api: KuboApi, repo: KuboRepo | undefined, network: boolean) {
    this.#api = api
    this.#repo = repo
    this.#network = network
  }

  async getBlock(cid: Cid, { signal, isLocal = false }: BlockOptions): Promise<Uint8Array> {
    if (this.#repo !== undefined) {
      try {
        return await this.#repo.get(cid)
      } catch (error) {
        // It may lie in another datastore of the same node.
        if (!isKitError(error)) throw error
      }
    }
    try {
      return await this.#api.bytes('block/get', [['arg', String(cid)], OFFLINE], signal)
    } catch (error) {
      if (!this.#network || isLocal || !isKitError(error, 'BLOCK_NOT_FOUND')) throw error
      return await this.#api.bytes('block/get', [['arg', String(cid)]], signal)
    }
  }

  async putBlock(cid: Cid, block: Uint8Array, { signal }: CallOptions): Promise<void> {
    const args = [
      ['cid-codec', CODECS[cid.codec] ?? hex(cid.codec)],
      ['mhtype', hashFor(cid.hashCode)?.name ?? hex(cid.hashCode)],
      ['mhlen', String(cid.digest.length)],
      ['allow-big-block', 'true']
    ] as const
    const { Key: key } = await this.#api.json('block/put', args, signal, block)
    const kept = saidCid(key)
    if (kept === undefined) throw this.#api.strange('block/put')
    if (!equalBytes(kept.multihash, cid.multihash))
      throw new KitError(
        'INTEGRITY',
        `${this.#api.where} was sent block ${cid}, and keeps it as ${kept}`
      )
  }

  async deleteBlock(cid: Cid, { signal }: CallOptions): Promise<void> {
    const force = ['force', 'true'] as const
    await this.#api.bytes('block/rm', [['arg', String(cid)], force], signal)
  }
}
