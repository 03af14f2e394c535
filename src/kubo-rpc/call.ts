/** One call of Kubo's RPC: its arguments and options, which come in the query. */
import { allowManyListeners } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import type { HttpCall } from '../http/http-call.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { goDuration } from './go-duration.js'

export interface KuboCall {
  readonly http: HttpCall
  readonly services: Services
  readonly run: Run
  readonly args: readonly string[]
  /** Returns an option that is on or off. @throws INVALID_ARGUMENT for what is neither. */
  readonly flag: (name: string, byDefault: boolean) => boolean
  /** Returns an option; undefined where it is not given. */
  readonly text: (name: string) => string | undefined
  /** Returns a whole number; undefined where it is not given. @throws INVALID_ARGUMENT. */
  readonly count: (name: string) => number | undefined
}

export type KuboCommand = (call: KuboCall) => Promise<void>

/** Commands by their paths below `/api/v0/`. */
export type KuboCommands = Readonly<Record<string, KuboCommand>>

/** As Go reads a boolean; clients in Python send `True`. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True', ''].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const)
])

/** @throws INVALID_ARGUMENT for a timeout that is none. */
export function kuboCall(http: HttpCall, services: Services): KuboCall {
  const { query } = http
  const text = (name: string): string | undefined => query.get(name) ?? undefined
  const flag = (name: string, byDefault: boolean): boolean => {
    const value = text(name)
    if (value === undefined) return byDefault
    const known = BOOLEANS.get(value)
    if (known === undefined) throw invalid(name, value, 'true or false')
    return known
  }
  const count = (name: string): number | undefined => {
    const value = text(name)
    if (value === undefined) return undefined
    if (!/^[+-]?\d{1,15}$/.test(value)) throw invalid(name, value, 'a whole number')
    return Number(value)
  }
  return {
    http,
    services: flag('offline', false) ? withoutFetching(services) : services,
    run: runOf(http, text('timeout')),
    args: query.getAll('arg'),
    flag,
    text,
    count
  }
}

function runOf(http: HttpCall, timeout: string | undefined): Run {
  const run = { progress: () => undefined, warn: () => undefined }
  if (timeout === undefined) return { ...run, signal: http.signal }
  const signal = AbortSignal.any([http.signal, AbortSignal.timeout(goDuration(timeout))])
  allowManyListeners(signal)
  return { ...run, signal }
}

/** Services that read what is here alone. */
export const withoutFetching = (services: Services): Services => ({
  ...services,
  openContent: (_, run, isUpkeep) => services.openContent(false, run, isUpkeep)
})

const invalid = (name: string, value: string, wanted: string): KitError =>
  new KitError('INVALID_ARGUMENT', `option "${name}" is ${wanted}, not "${value}"`)

/** Returns the argument at a place. @throws INVALID_ARGUMENT where it is missing. */
export function argument({ args }: Pick<KuboCall, 'args'>, place: number, name: string): string {
  const value = args[place]
  if (value !== undefined) return value
  throw new KitError('INVALID_ARGUMENT', `argument "${name}" is required`)
}
