/** Times as people read them. */

/** Largest distance from 1970 that a Date can hold, in seconds. */
const MAX = 8.64e12

/** ISO 8601 with nanoseconds where there are any; the bare seconds where no calendar reaches. */
export function timeText({ sec, nsec }: { readonly sec: number; readonly nsec: number }): string {
  if (Math.abs(sec) > MAX) return `${sec} s`
  const text = new Date(sec * 1000).toISOString().replace('.000Z', '')
  return nsec === 0 ? `${text}Z` : `${text}.${String(nsec).padStart(9, '0')}Z`
}
