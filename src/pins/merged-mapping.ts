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
  const isOvertaken = isSuperseded(base, now)
  const isSound = isOvertaken && now.status === 'stored'
  // Of a copy that was stored meanwhile no failure is told.
  const told = isSound ? { last_error: now.own.last_error, attempts: now.own.attempts } : {}
  return {
    ...changed,
    createdAt: mergedValue(base.createdAt, changed.createdAt, now.createdAt),
    carPath: mergedValue(base.carPath, changed.carPath, now.carPath),
    status: isOvertaken ? now.status : changed.status,
    fields: mergedValues(base.fields, changed.fields, now.fields),
    own: definedOf({ ...own, ...told })
  }
}

/** Of two changes of the status the one that is there already counts, and so does a removal that began or came between. */
const isSuperseded = (base: Mapping, now: Mapping): boolean =>
  base.status !== now.status ||
  base.own.is_leaving !== now.own.is_leaving ||
  base.own.removals !== now.own.removals

function mergedValues(base: Values, changed: Values, now: Values): Values {
  const names = new Set([...Object.keys(now), ...Object.keys(changed)])
  const merged = [...names].map((name) => [name, mergedValue(base[name], changed[name], now[name])]) // prettier-ignore
  return definedOf(Object.fromEntries(merged) as Values)
}

const definedOf = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

function mergedValue<T>(base: T, changed: T, now: T): T {
  return isSame(base, now) ? changed : now
}

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b)
