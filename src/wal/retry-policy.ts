/** When an operation that failed is tried again: exponential back-off with jitter, and an end. */
import { ERROR_CODES, type ErrorCode } from '../core/errors.js'

export interface RetryPolicy {
  /** Tries that may fail. */
  readonly tries: number
  /** Wait after the first in ms; each later one is as often longer as `factor` says. */
  readonly firstMs: number
  readonly factor: number
  readonly mostMs: number
}

/** A backend may be away for two days: the waits take about 48 hours, and 24 at least. */
export const RETRY_POLICY: RetryPolicy = {
  tries: 17,
  firstMs: 10_000,
  factor: 6,
  mostMs: 4 * 3_600_000
}

/** What somebody may mend elsewhere, so that the same call succeeds later. */
const MENDED_ELSEWHERE: ReadonlySet<ErrorCode> = new Set(['CREDENTIALS', 'BLOCK_NOT_FOUND', 'IO'])

/** Returns whether what failed so may succeed later. */
export const isWorthAnother = (code: ErrorCode): boolean =>
  ERROR_CODES[code].recoverable || MENDED_ELSEWHERE.has(code)

/**
 * Returns how long to wait in ms, between half and one and a half of the nominal time, so that what
 * failed together is not tried together.
 * @param failures that came already, from 1 on.
 * @param random from 0 to 1.
 */
export function waitAfter(policy: RetryPolicy, failures: number, random: number): number {
  const nominal = Math.min(policy.mostMs, policy.firstMs * policy.factor ** (failures - 1))
  return Math.round(nominal * (0.5 + random))
}
