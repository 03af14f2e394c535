/** Fetches whole files and folders before they are read. */
import type { Operation } from './operation.js'
import { sizeHint, totalOf } from './size-hint.js'
import { target } from './target.js'
import { Warming } from './warming.js'
import { withContent } from './with-content.js'

export interface CacheWarmRequest {
  /** CIDPATHs. */
  readonly paths: readonly string[]
}

export interface CacheWarmResult {
  readonly files: number
  /** Bytes of these files. */
  readonly bytes: number
}

/**
 * Fetches everything below the paths that is missing here. What was fetched before an interruption
 * stays.
 * @throws what finding and reading them throws.
 */
export const cacheWarm: Operation<CacheWarmRequest, CacheWarmResult> = (services, request, run) =>
  withContent(services, run, true, async (view) => {
    // Of several paths the first ones are fetched before the sizes of the others are known.
    let total: number | undefined
    const warming = new Warming(view, run, (bytes) =>
      run.progress({ what: 'warming', bytes, ...totalOf(total) })
    )
    for (const text of request.paths) {
      const { cid } = await target(view, services, text)
      total = request.paths.length === 1 ? sizeHint(view, cid) : undefined
      await warming.fetchAll(cid)
    }
    return { files: warming.files, bytes: warming.bytes }
  })
