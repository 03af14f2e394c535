/** Merges what work on a copy changed into a mapping that others have changed meanwhile. */
import type { Mapping } from './mapping.js'

type Values = Readonly<Record<string, unknown>>

/**
 * Returns what a mapping is after a change: what the change left alone is as it is now.
 * @param base the mapping that the change was made from.
 * @param now the mapping as it is.
 */
export function mergedMapping(base: Mapping, changed: Mapping, now: Mapping): Mapping {
  const own = mergedValues({ ...base.own }, { ...changed.own }, { ...now.own })
  return {
    ...changed,
    createdAt: mergedValue(base.createdAt, changed.createdAt, now.createdAt),
    carPath: mergedValue(base.carPath, changed.carPath, now.carPath),
    status: mergedStatus(base, changed, now),
    fields: mergedValues(base.fields, changed.fields, now.fields),
    own
  }
}

/** Of two changes of the status the one that is there already counts, and so does a removal that began. */
function mergedStatus(base: Mapping, changed: Mapping, now: Mapping): Mapping['status'] {
  const isSame = base.own.is_leaving === now.own.is_leaving
  return isSame ? mergedValue(base.status, changed.status, now.status) : now.status
}

function mergedValues(base: Values, changed: Values, now: Values): Values {
  const names = new Set([...Object.keys(now), ...Object.keys(changed)])
  return Object.fromEntries(
    [...names]
      .map((name) => [name, mergedValue(base[name], changed[name], now[name])] as const)
      .filter(([, value]) => value !== undefined)
  )
}

function mergedValue<T>(base: T, changed: T, now: T): T {
  return isSame(base, now) ? changed : now
}

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b)
