/**
 * The shards of a directory out of one archive: a directory of 100,000 entries has 30,000 of them,
 * and nobody wants to ask another machine 30,000 times.
 */
import { toHex } from '../core/bytes.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { CarSections } from '../formats/car-stream.js'
import type { Pieces } from '../core/pieces.js'

/** Blocks in a row that nobody asked for: whoever sends those sends more than the directory. */
const MAX_STRANGERS = 256

export interface ShardPorts {
  /** Whether a block is here. */
  readonly has: (cid: Cid) => boolean
  /** Keep a verified shard. @returns the shards below it. */
  readonly keep: (cid: Cid, block: Uint8Array) => readonly Cid[]
}

/**
 * Keep the shards below a root, as they come, each after the one that names it.
 * @param below the shards that the root names.
 * @throws INTEGRITY, BACKEND_UNAVAILABLE, UNSUPPORTED: what came until then is kept.
 */
export async function takeShards(
  pieces: Pieces,
  below: readonly Cid[],
  ports: ShardPorts
): Promise<void> {
  const sections = new CarSections(pieces)
  const wanted = new Map(below.map((cid) => [keyOf(cid), cid]))
  try {
    for (let strangers = 0; strangers < MAX_STRANGERS; strangers++) {
      const section = await sections.next()
      if (section === undefined) return
      const block = await sections.take(section)
      const key = keyOf(section.cid)
      // As its parent names it: the archive's own word for its codec is nobody's.
      const shard = wanted.get(key)
      if (shard === undefined || ports.has(shard)) continue
      wanted.delete(key)
      verifyBlock(shard, block)
      for (const cid of ports.keep(shard, block)) wanted.set(keyOf(cid), cid)
      strangers = 0
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
