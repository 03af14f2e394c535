/** Prepares content for serving threads, on the main thread: fetches it, or builds a table of it. */
import { isKitError, type KitError } from '../core/errors.js'
import type { ContentWant } from '../core/not-ready.js'
import type { HomeViewParts } from './home-view.js'
import type { LazyUpstream } from './lazy-upstream.js'
import type { TableBuilders } from './table-builders.js'

type Prepare = NonNullable<HomeViewParts['prepare']>

export const contentPreparer =
  (upstream: LazyUpstream, tables: TableBuilders): Prepare =>
  async (want: ContentWant, signal) => {
    // A block that nobody has is no failure yet: asked again, the VFS says what that means.
    const absent = upstream.isWanted
      ? await upstream.retrieve(want, signal).then(() => undefined, unlessMissing)
      : undefined
    return { absent, unsaved: want.type === 'table' ? await tables.prepare(want.cid) : undefined }
  }

function unlessMissing(error: unknown): KitError {
  if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
  return error
}
