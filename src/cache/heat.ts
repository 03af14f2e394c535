/** What is wanted, and what is let go of first. */
import { ObjectFloat, ObjectWord, type ObjectTable } from './object-table.js'

const HOUR = 3600
const DAY = 24 * HOUR
/** Share of the quota that what came last is safe in. */
const YOUNG = 1 / 4

/**
 * How much something is wanted: often, lately, and for long.
 * @param ageDays days since it came.
 */
export function heat(accesses: number, hoursSinceAccess: number, ageDays: number): number {
  return accesses * (1 / (1 + hoursSinceAccess)) * (1 + Math.log(1 + ageDays))
}

/**
 * The object that is wanted least; undefined where there is none. What came last stays whatever
 * it is wanted: it was fetched ahead of somebody, who has not come yet.
 */
export function coldestOf(
  table: ObjectTable,
  objects: number[],
  quota: number,
  sizeOf: (object: number) => number
): number | undefined {
  const created = (object: number): number => table.float(object, ObjectFloat.CREATED)
  const newestFirst = objects.sort((a, b) => created(b) - created(a))
  const now = Date.now() / 1000
  const heatOf = (object: number): number =>
    heat(
      table.word(object, ObjectWord.TOUCHES),
      (now - table.word(object, ObjectWord.TOUCHED)) / HOUR,
      (now - created(object)) / DAY
    )
  let coldest: number | undefined
  let least = Infinity
  let young = quota * YOUNG
  for (const object of newestFirst) {
    young -= sizeOf(object)
    if (young > 0) continue
    const score = heatOf(object)
    // Of equals the oldest goes.
    if (score > least) continue
    coldest = object
    least = score
  }
  return coldest ?? newestFirst.at(-1)
}
