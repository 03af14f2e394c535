/** Reads a single block by a path. */
import { verifyBlock } from '../core/cid.js'
import { resolveDag } from './dag-resolve.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface BlockGetRequest {
  readonly path: string
}

export interface BlockGetResult {
  readonly cid: string
  readonly block: Uint8Array
}

/** A missing block is fetched. @throws what finding and reading it throws. */
export const blockGet: Operation<BlockGetRequest, BlockGetResult> = (services, { path }, run) =>
  withContent(services, run, true, async (view) => {
    const { cid } = await resolveDag(view, services, path)
    const block = await view.whenReady(() => view.content.blocks.get(cid))
    verifyBlock(cid, block)
    return { cid: String(cid), block }
  })
