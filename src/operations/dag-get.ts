/** Reads a node of a DAG, or a value inside one, in a codec. */
import { codecNamed, decodeNode, encodeNode } from '../formats/ipld-node.js'
import { KitError } from '../core/errors.js'
import { resolveDag, valueAt } from './dag-resolve.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface DagGetRequest {
  readonly path: string
  /** As in `dag-json`. */
  readonly codec: string
}

export interface DagGetResult {
  readonly cid: string
  readonly bytes: Uint8Array
}

/** @throws INVALID_ARGUMENT for a codec that cannot hold it, PATH_NOT_FOUND, and what reading it throws. */
export const dagGet: Operation<DagGetRequest, DagGetResult> = (services, request, run) =>
  withContent(services, run, true, async (view) => {
    const codec = codecNamed(request.codec)
    const { cid, rest } = await resolveDag(view, services, request.path)
    const block = await view.whenReady(() => view.content.blocks.get(cid))
    let value = decodeNode(cid.codec, block)
    for (const key of rest) {
      value = valueAt(value, key)
      if (value === undefined)
        throw new KitError('PATH_NOT_FOUND', `no link named ${JSON.stringify(key)} under ${cid}`)
    }
    // A block is given as it stands: another encoding of the same value would be another block.
    const isAsIs = codec === cid.codec && rest.length === 0
    return { cid: String(cid), bytes: isAsIs ? block : encodeNode(codec, value) }
  })
