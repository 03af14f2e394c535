/** Which failed operations stay in the log, where they can be retried. */
import type { OperationRecord } from './operation-record.js'

const KEPT_MS = 7 * 24 * 3_600_000
const KEPT = 10_000

/** Returns those that failed in the last days, the newest where they are too many. @param now ms. */
export function failedToKeep<T extends { readonly record: OperationRecord }>(
  all: readonly T[],
  now: number
): ReadonlySet<T> {
  const failed = all
    .filter(({ record }) => record.status === 'failed' && record.updated_at >= now - KEPT_MS)
    .sort((a, b) => b.record.updated_at - a.record.updated_at)
  return new Set(failed.slice(0, KEPT))
}
