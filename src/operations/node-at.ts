/** Tells what lies at a CIDPATH, without looking at anything below it. */
import { typeName } from '../content/adder.js'
import type { Mtime, NodeType } from '../core/node-stat.js'
import type { Operation } from './operation.js'
import { target } from './target.js'
import { withContent } from './with-content.js'

export interface NodeAtRequest {
  /** CIDPATH. */
  readonly path: string
}

export interface NodeAt {
  readonly cid: string
  readonly type: NodeType
  /** Bytes of a file, or of a symlink's target; 0 for a folder. */
  readonly size: number
  readonly mtime: Mtime | undefined
}

/** Missing content is fetched. @throws what finding it throws. */
export const nodeAt: Operation<NodeAtRequest, NodeAt> = (services, request, run) =>
  withContent(services, run, true, async (view) => {
    const { cid } = await target(view, services, request.path)
    const { kind, size, mtime } = await view.whenReady(() => view.content.stat(cid))
    const type = typeName(kind)
    return { cid: String(cid), type, size: type === 'directory' ? 0 : size, mtime }
  })
