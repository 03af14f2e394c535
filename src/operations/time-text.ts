/** Formats times for people. */

/** Largest distance from 1970 that a Date can hold, in seconds. */
const MAX_DATE_SEC = 8.64e12

/**
 * Returns ISO 8601, with nanoseconds where there are any; bare seconds beyond the range of a Date.
 */
export function timeText({ sec, nsec }: { readonly sec: number; readonly nsec: number }): string {
  if (Math.abs(sec) > MAX_DATE_SEC) return `${sec} s`
  const text = new Date(sec * 1000).toISOString().replace('.000Z', '')
  return nsec === 0 ? `${text}Z` : `${text}.${String(nsec).padStart(9, '0')}Z`
}
