/** The order of eviction in the disk tier. */
import { heat } from '../core/heat.js'
import { ObjectFloat, ObjectWord, type ObjectTable } from './object-table.js'

const HOUR = 3600
const DAY = 24 * HOUR
/** Share of the quota within which the newest objects are not evicted. */
const YOUNG_SHARE = 1 / 4

/**
 * Returns the object with the lowest heat; undefined if there are none. The newest objects are
 * spared whatever their heat, because they may be prefetched and not read yet.
 */
export function coldestObject(
  table: ObjectTable,
  objects: number[],
  quota: number,
  nowSeconds: number,
  sizeOf: (object: number) => number
): number | undefined {
  const created = (object: number): number => table.float(object, ObjectFloat.CREATED)
  const newestFirst = objects.sort((a, b) => created(b) - created(a))
  const heatOf = (object: number): number =>
    heat(
      table.word(object, ObjectWord.TOUCHES),
      (nowSeconds - table.word(object, ObjectWord.TOUCHED)) / HOUR,
      (nowSeconds - created(object)) / DAY
    )
  let coldest: number | undefined
  let lowest = Infinity
  let young = quota * YOUNG_SHARE
  for (const object of newestFirst) {
    young -= sizeOf(object)
    if (young > 0) continue
    const score = heatOf(object)
    // Among equals the oldest is evicted.
    if (score > lowest) continue
    coldest = object
    lowest = score
  }
  return coldest ?? newestFirst.at(-1)
}
