/** Which copies are tried where nobody asks for it: those whose operation is due, and those that have none. */
import type { Mapping } from '../pins/mapping.js'
import { isReplaced, kindOf, type OperationRecord, type WorkKind } from '../wal/operation-record.js'
import { loggedOperations } from './logged-operations.js'

/** Work that nobody asked for. */
export interface Automatic {
  /** Whether copies are tried, too, whose operation has failed for good or was given up: once after an engine starts. */
  readonly isFirst: boolean
}

export type IsDue = (copy: Pick<Mapping, 'cid' | 'backend'>, kind: WorkKind) => boolean

const always: IsDue = () => true

/** @param automatic undefined where somebody asks, who waits for no time. */
export function dueTries(home: string, automatic: Automatic | undefined, now = Date.now()): IsDue {
  if (automatic === undefined) return always
  const waiting = new Map<string, OperationRecord>()
  for (const record of loggedOperations(home)) {
    const { backend, parameters, updated_at: at } = record
    const key = keyOf(backend, parameters['cid'], kindOf(record))
    if ((waiting.get(key)?.updated_at ?? -Infinity) <= at) waiting.set(key, record)
  }
  return ({ cid, backend }, kind) => {
    const record = waiting.get(keyOf(backend, cid, kind))
    return record === undefined || isDue(record, automatic, now)
  }
}

function isDue(record: OperationRecord, { isFirst }: Automatic, now: number): boolean {
  const { status, next_retry_at: at } = record
  if (status === 'completed' || isReplaced(record)) return true
  if (status === 'pending') return at === null || at <= now
  // What runs is somebody else's.
  return status !== 'running' && isFirst
}

/** The kind of work that a copy needs, where it is not as it should be. */
export const kindNeeded = ({ own }: Mapping): WorkKind =>
  own.is_leaving === true ? 'remove' : 'place'

const keyOf = (backend: string, cid: string | undefined, kind: WorkKind): string =>
  `${kind} ${backend} ${cid ?? ''}`
