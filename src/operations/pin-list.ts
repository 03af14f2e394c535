/** Lists the pinned roots. */
import { KitError } from '../core/errors.js'
import type { PinIndexRow } from '../ipc/streams.js'
import { readPins, type Pin } from '../store/pins.js'
import type { Operation } from './operation.js'
import { HERE } from './pin-index.js'
import { pinnedNode, withPinTable, type PinTableWay } from './pin-table.js'
import { parseCid } from './target.js'
import { withContent } from './with-content.js'

export interface PinListRequest {
  /** CIDs whose pins are listed; all where none is given. */
  readonly cids?: readonly string[]
  /** Most pins to list. */
  readonly limit?: number | undefined
}

export interface PinListed {
  readonly cid: string
  readonly name: string
  readonly type: Pin['type']
  /** Bytes of a file, of all blocks of a folder, or of the rows of a dataset; null where a block is missing. */
  readonly size: number | null
  /** ISO 8601. */
  readonly createdAt: string
}

export interface PinListResult extends PinTableWay {
  /** In the order in which they were pinned. */
  readonly pins: readonly PinListed[]
}

/** Lists pins. @throws PATH_NOT_FOUND for a CID that was given and is not pinned. */
export const pinList: Operation<PinListRequest, PinListResult> = (services, request, run) => {
  const { cids = [], limit = Number.POSITIVE_INFINITY } = request
  if (cids.length > 0) return listGiven(services, request, run)
  return withPinTable(
    services,
    run,
    ({ rows, method, source }) => {
      const pins: PinListed[] = []
      for (const row of rows) {
        // Pins of the home come before their copies.
        if (pins.length >= limit || row.backend !== HERE) break
        pins.push(listed(row))
      }
      return { pins, method, source }
    },
    'pins'
  )
}

const listed = ({ cid, name, pin_type, size_bytes, metadata }: PinIndexRow): PinListed => ({
  cid: cid ?? '',
  name: name ?? '',
  type: pin_type as Pin['type'],
  size: size_bytes,
  createdAt: (JSON.parse(metadata ?? '{}') as { created_at: string }).created_at
})

const listGiven: Operation<PinListRequest, PinListResult> = (services, request, run) =>
  withContent(services, run, false, async (view) => {
    const known = readPins(view.reader.layout.pins)
    const wanted = new Set(
      (request.cids ?? []).map((text) => String(parseCid(text, services.mounts)))
    )
    for (const cid of wanted)
      if (!known.has(cid)) throw new KitError('PATH_NOT_FOUND', `${cid} is not pinned`)
    const pins = [...known.values()].filter(({ cid }) => wanted.has(cid)).slice(0, request.limit)
    return {
      pins: pins.map(({ cid, name, type, createdAt }) => ({
        cid,
        name,
        type,
        size: pinnedNode(view, cid).size,
        createdAt
      })),
      method: 'traditional',
      source: 'direct_pin_index'
    }
  })
