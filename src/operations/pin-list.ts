/** Lists the pinned roots. */
import { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { readPins, type Pin } from '../store/pins.js'
import type { ContentView } from './content-view.js'
import type { Operation } from './operation.js'
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
  /** Bytes of a file; null for a folder, and for a missing block. */
  readonly size: number | null
  /** ISO 8601. */
  readonly createdAt: string
}

export interface PinListResult {
  readonly pins: readonly PinListed[]
}

/** Lists pins. @throws PATH_NOT_FOUND for a CID that was given and is not pinned. */
export const pinList: Operation<PinListRequest, PinListResult> = (services, request, run) =>
  withContent(services, run, false, async (view) => {
    const known = readPins(view.reader.layout.pins)
    const wanted = new Set(
      (request.cids ?? []).map((text) => String(parseCid(text, services.mounts)))
    )
    for (const cid of wanted)
      if (!known.has(cid)) throw new KitError('PATH_NOT_FOUND', `${cid} is not pinned`)
    const pins = [...known.values()]
      .filter(({ cid }) => wanted.size === 0 || wanted.has(cid))
      .slice(0, request.limit)
    return {
      pins: pins.map(({ cid, name, type, createdAt }) => ({
        cid,
        name,
        type,
        size: sizeOf(view, cid),
        createdAt
      }))
    }
  })

function sizeOf({ content }: ContentView, cid: string): number | null {
  try {
    const { type, size } = content.stat(Cid.parse(cid))
    return type === 'directory' ? null : size
  } catch (error) {
    if (isKitError(error)) return null
    throw error
  }
}
