/** When an operation that failed is tried again: exponential back-off with jitter. */

export interface RetryPolicy {
  /** Tries that may fail. */
  readonly tries: number
  /** Wait after the first in ms; each later one is as often longer as `factor` says. */
  readonly firstMs: number
  readonly factor: number
  readonly mostMs: number
}

export const RETRY_POLICY: RetryPolicy = {
  tries: 3,
  firstMs: 10_000,
  factor: 6,
  mostMs: 3_600_000
}

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
