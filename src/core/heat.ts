/**
 * Returns how hot content is: higher the more often, the more recently and the longer it is used. A clock
 * that went back makes neither time negative.
 * @param hoursSinceAccess since the last access.
 * @param ageDays days since it was created.
 */
export function heat(accesses: number, hoursSinceAccess: number, ageDays: number): number {
  const score =
    accesses * (1 / (1 + Math.max(0, hoursSinceAccess))) * (1 + Math.log(1 + Math.max(0, ageDays)))
  return Number.isFinite(score) ? score : 0
}
