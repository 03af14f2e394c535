/**
 * The blocks of a Kubo repository on this machine, read from its flatfs files directly: no
 * request, no copy through a socket. Kubo writes them whole, under a temporary name.
 * Source: https://github.com/ipfs/go-ds-flatfs
 */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { base32upper } from 'multiformats/bases/base32'
import type { Cid } from '../../src/core/cid.js'
import { KitError, systemCode, toKitError } from '../../src/core/errors.js'

/** `/repo/flatfs/shard/v1/next-to-last/2` and its kin. */
const SHARDING = /^\/repo\/flatfs\/shard\/v1\/(prefix|suffix|next-to-last)\/(\d+)\s*$/

export class KuboRepo {
  readonly #blocks: string
  readonly #shard: (key: string) => string

  private constructor(blocks: string, shard: (key: string) => string) {
    this.#blocks = blocks
    this.#shard = shard
  }

  /** @returns undefined where there is none that can be read, or one laid out in another way. */
  static open(repo: string): KuboRepo | undefined {
    const blocks = join(repo, 'blocks')
    try {
      const [, way, digits] = SHARDING.exec(readFileSync(join(blocks, 'SHARDING'), 'utf8')) ?? []
      const length = Number(digits)
      if (way === undefined || !(length > 0)) return undefined
      return new KuboRepo(blocks, shardFor(way, length))
    } catch {
      return undefined
    }
  }

  /** @throws BLOCK_NOT_FOUND, ACCESS_DENIED, IO. */
  async get(cid: Cid): Promise<Uint8Array> {
    const key = base32upper.baseEncode(cid.multihash)
    try {
      return await readFile(join(this.#blocks, this.#shard(key), `${key}.data`))
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw toKitError(error)
      throw new KitError('BLOCK_NOT_FOUND', `${cid} is not in the repository of Kubo`)
    }
  }
}

/** Which folder a key's file is in; keys shorter than asked for are filled up with `_`. */
function shardFor(way: string, length: number): (key: string) => string {
  const filler = '_'.repeat(length + 1)
  if (way === 'prefix') return (key) => (key + filler).slice(0, length)
  if (way === 'suffix') return (key) => (filler + key).slice(-length)
  return (key) => (filler + key).slice(-length - 1, -1)
}
