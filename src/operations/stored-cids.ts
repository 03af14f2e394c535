/** Lists the blocks that the store holds, by CIDs of raw blocks: one block may have several CIDs. */
import { Cid, RAW } from '../core/cid.js'
import { copyOf } from '../core/bytes.js'
import { hashFor, SHA2_256 } from '../core/hash.js'
import { Turns } from '../core/turns.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

/** Yields CIDs in the order of their digests. */
export async function* storedCids(
  services: Services,
  run: Run
): AsyncGenerator<string, void, undefined> {
  const view = await services.openContent(false, run)
  const turns = new Turns(run.signal)
  try {
    const { index } = view.reader
    const positions: number[] = []
    index.forEach((_bytes, _at, segment, i) => positions.push(index.position(segment, i)!))
    for (const position of positions) {
      if (turns.isDue) await turns.take()
      const record = index.read(position)
      const key = copyOf(index.keyOf(position))
      if (record.hashCode === SHA2_256) {
        yield String(Cid.v1(RAW, SHA2_256, key))
        continue
      }
      // The key of any other hash is not its digest.
      const block = view.reader.readBlock(record)
      const digest = hashFor(record.hashCode)?.digest(block)
      if (digest !== undefined) yield String(Cid.v1(RAW, record.hashCode, digest))
    }
  } finally {
    await view.close()
  }
}
