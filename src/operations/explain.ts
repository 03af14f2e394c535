/** Explains where the bytes of a file or folder come from, or would come from. */
import { configuredBackends } from '../../backends/configured.js'
import type { Cid } from '../core/cid.js'
import type { ErrorCode, KitError } from '../core/errors.js'
import type { ContentView } from './content-view.js'
import { Explanation, type Segment } from './explanation.js'
import type { Operation } from './operation.js'
import type { Services } from './services.js'
import { isMissing, target, targetPath, wayTo } from './target.js'
import { withContent } from './with-content.js'

export interface ExplainRequest {
  /** CIDPATH. */
  readonly path: string
  /** Fetches missing blocks, and measures that. */
  readonly fetch?: boolean
}

export interface ExplainResult {
  readonly cid: string
  /** In the order of the file; of a folder, its own blocks and then those of its entries. */
  readonly segments: readonly Segment[]
  /** CIDs of the missing blocks. */
  readonly missing: readonly string[]
  /** Why the first block that was asked for could not be fetched; null where none failed. */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | null
}

/**
 * Lists the blocks of a file, or of all that a folder holds, with their places. What cannot be
 * fetched, on the way to it too, is a part of the answer.
 * @throws INVALID_CID, PATH_NOT_FOUND, CORRUPT_FORMAT.
 */
export const explain: Operation<ExplainRequest, ExplainResult> = (services, request, run) =>
  withContent(services, run, true, async (view) => {
    const [first] = configuredBackends(services.home).sort((a, b) => a.priority - b.priority)
    const explanation = new Explanation(view, run, request.fetch === true, first?.name ?? null)
    const found = await follow(view, services, request.path)
    if (found.failure === undefined) await explanation.walk(found.cid)
    else explanation.stopsAt(found.cid, found.failure)
    const { segments, failure } = explanation
    return {
      cid: String(found.cid),
      segments,
      missing: [...new Set(segments.filter(({ tier }) => tier === null).map(({ cid }) => cid))],
      failure: failure === undefined ? null : { code: failure.code, message: failure.message }
    }
  })

/** Follows the path as far as its blocks can be had. */
async function follow(
  view: ContentView,
  services: Services,
  text: string
): Promise<{ readonly cid: Cid; readonly failure?: KitError }> {
  try {
    return await target(view, services, text)
  } catch (error) {
    if (!isMissing(error)) throw error
    return { cid: wayTo(view, await targetPath(view, services, text)), failure: error }
  }
}
