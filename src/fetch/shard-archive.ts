/**
 * Reads the shards of a directory from one archive: a directory of 100,000 entries has 30,000
 * shards, too many for single requests.
 */
import { toHex } from '../core/bytes.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { CarSections } from '../formats/car-stream.js'
import type { ExactReader } from '../core/exact-reader.js'

/** Unwanted blocks in a row after which the archive evidently holds more than the directory. */
const MAX_UNWANTED = 256

export interface ShardPorts {
  /** Returns whether a block is here. */
  readonly has: (cid: Cid) => boolean
  /** Keeps a verified shard. @returns the shards below it. */
  readonly keep: (cid: Cid, block: Uint8Array) => readonly Cid[]
}

/**
 * Keeps the shards below a root as they come, each after the shard that names it.
 * @param below the shards that the root names.
 * @throws INTEGRITY, BACKEND_UNAVAILABLE, UNSUPPORTED; shards that came before stay kept.
 */
export async function takeShards(
  pieces: ExactReader,
  below: readonly Cid[],
  ports: ShardPorts
): Promise<void> {
  const sections = new CarSections(pieces)
  const wanted = new Map(below.map((cid) => [keyOf(cid), cid]))
  try {
    for (let unwanted = 0; unwanted < MAX_UNWANTED; unwanted++) {
      const section = await sections.next()
      if (section === undefined) return
      const block = await sections.take(section)
      const key = keyOf(section.cid)
      // The parent's CID is used, because the archive's word for the codec cannot be trusted.
      const shard = wanted.get(key)
      if (shard === undefined || ports.has(shard)) continue
      wanted.delete(key)
      verifyBlock(shard, block)
      for (const cid of ports.keep(shard, block)) wanted.set(keyOf(cid), cid)
      unwanted = 0
    }
    throw new KitError(
      'UNSUPPORTED',
      'the archive holds more than the directory that was asked for'
    )
  } finally {
    await sections.close()
  }
}

const keyOf = (cid: Cid): string => toHex(cid.key)
