/** Fetches whole files and folders before they are read. */
import type { Operation } from './operation.js'
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
    const warming = new Warming(view, run, (bytes) => run.progress({ what: 'warming', bytes }))
    for (const text of request.paths) {
      const { cid } = await target(view, services, text)
      await warming.fetchAll(cid)
    }
    return { files: warming.files, bytes: warming.bytes }
  })
