/** Pins roots, copying into the store what it lacks. */
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { readPins, type Pin } from '../store/pins.js'
import { StoreCopy } from './store-copy.js'
import { describedContent } from './entry-patch.js'
import type { Operation } from './operation.js'
import { target } from './target.js'
import { withContent } from './with-content.js'
import { newPin, withWriteSession } from './with-write-session.js'

export interface PinAddRequest {
  /** CIDPATHs. */
  readonly paths: readonly string[]
  /** Pins only the blocks themselves, not what is below them. */
  readonly direct?: boolean
  readonly name?: string | undefined
}

export interface PinAddResult {
  readonly pins: readonly {
    readonly cid: string
    readonly name: string
    readonly type: Pin['type']
  }[]
}

/**
 * Pins durably. What the store lacks is copied from the cache, or fetched.
 * @throws EXISTS for a direct pin on a root that is pinned recursively; BLOCK_NOT_FOUND, and what
 * fetching throws.
 */
export const pinAdd: Operation<PinAddRequest, PinAddResult> = (services, request, run) => {
  const type = request.direct === true ? 'direct' : 'recursive'
  return withContent(services, run, true, async (source) => {
    // A write session keeps gc from removing the blocks between the check and the pin.
    const pins = await withWriteSession(services, run, async (session, view) => {
      const known = readPins(view.reader.layout.pins)
      const result: Pin[] = []
      for (const text of request.paths) {
        const { cid } = await target(source, services, text)
        if (type === 'direct' && known.get(String(cid))?.type === 'recursive')
          throw new KitError(
            'EXISTS',
            `${cid} is pinned recursively, which keeps more; unpin it first`
          )
        await new StoreCopy(source, session, run).copy(cid, type === 'recursive')
        const name = request.name ?? known.get(String(cid))?.name ?? ''
        result.push(newPin(String(cid), type, name))
      }
      const at = Date.now()
      const index = result.flatMap(({ cid, name }) => describedContent(source.content, Cid.parse(cid), name, at) ?? []) // prettier-ignore
      return { result, pins: result, index: [index] }
    })
    return { pins: pins.map(({ cid, name }) => ({ cid, name, type })) }
  })
}
