/** Removes pins. */
import { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { StoreLayout } from '../store/layout.js'
import { readPins } from '../store/pins.js'
import type { Operation } from './operation.js'
import { parseCid } from './target.js'

export interface PinRemoveRequest {
  readonly cids: readonly string[]
}

export interface PinRemoveResult {
  readonly unpinned: readonly string[]
}

/**
 * Removes pins durably; the blocks stay until gc. @throws PATH_NOT_FOUND for a CID that is not
 * pinned.
 */
export const pinRemove: Operation<PinRemoveRequest, PinRemoveResult> = async (
  services,
  request,
  run
) => {
  const known = readPins(new StoreLayout(services.home).pins)
  const unpinned = request.cids.map((text) => {
    // A pin that is no CID, which only a damaged home has, goes by its text.
    if (known.has(text)) return text
    const cid = parseCid(text, services.mounts)
    const pinned = [...known.keys()].find((own) => isCid(own, cid))
    if (pinned === undefined)
      throw new KitError('PATH_NOT_FOUND', `${cid} is not pinned; see \`ipfs-kit pin ls\``)
    return pinned
  })
  const owner = await services.openOwner(run)
  try {
    await owner.removePins(unpinned)
  } finally {
    owner.close()
  }
  return { unpinned }
}

function isCid(text: string, cid: Cid): boolean {
  try {
    return Cid.parse(text).equals(cid)
  } catch (error) {
    if (isKitError(error)) return false
    throw error
  }
}
