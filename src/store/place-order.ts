/** The records of a store in the order of their places, so that its files are read sequentially. */
import { copyOf } from '../core/bytes.js'
import type { BlockRecord } from './ports.js'
import { decodeRecord } from './record.js'
import type { SegmentSet } from './segment-set.js'

/** Yields every record once, the newest of each key. */
export function* inPlaceOrder(
  index: SegmentSet
): Generator<{ readonly key: Uint8Array; readonly record: BlockRecord }, void, undefined> {
  const positions = new Float64Array(index.count)
  const source = new Float64Array(index.count)
  const offset = new Float64Array(index.count)
  let count = 0
  index.forEach((_bytes, at, segment, i) => {
    const record = decodeRecord(segment.view, at)
    positions[count] = index.position(segment, i)!
    source[count] = record.source
    offset[count] = record.offset
    count++
  })
  const order = new Uint32Array(count).map((_, i) => i)
  order.sort((a, b) => source[a]! - source[b]! || offset[a]! - offset[b]!)
  for (const i of order) {
    const position = positions[i]!
    yield { key: copyOf(index.keyOf(position)), record: index.read(position) }
  }
}
