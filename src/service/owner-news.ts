/** What the changes of a home's owner tell those who watch its engine. */
import type { News } from '../operations/events.js'
import type { PinRecord } from '../operations/pin-records.js'
import type { Pin } from '../store/pins.js'
import type { OperationRecord } from '../wal/operation-record.js'

const nameOf = ({ name }: Pin): string | null => (name === '' ? null : name)

export const addedNews = (pin: Pin): News => ({ type: 'added', cid: pin.cid, name: nameOf(pin) })

export const pinnedNews = (pin: Pin): News => ({
  type: 'pinned',
  cid: pin.cid,
  name: nameOf(pin),
  backend: null
})

export const unpinnedNews = (cid: string): News => ({ type: 'unpinned', cid, backend: null })

/** Returns what the end of an operation on a backend tells; undefined where it changed nothing there. */
export function copyNews(
  { end }: PinRecord,
  { operation_type, backend, parameters }: OperationRecord
): News | undefined {
  const { cid } = parameters
  if (end === undefined || end.error !== null || cid === undefined) return undefined
  if (operation_type === 'verify') return undefined
  if (operation_type === 'remove') return { type: 'unpinned', cid, backend }
  if (operation_type === 'heal') return { type: 'healed', what: 'copy', blocks: null, cid, backend }
  return { type: 'pinned', cid, name: null, backend }
}
