/**
 * How much something is wanted: often, lately, and for long.
 * @param ageDays days since it came.
 */
export function heat(accesses: number, hoursSinceAccess: number, ageDays: number): number {
  return accesses * (1 / (1 + hoursSinceAccess)) * (1 + Math.log(1 + ageDays))
}
