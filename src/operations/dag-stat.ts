/** Counts the blocks of DAGs and their bytes. */
import { DagWalk } from '../content/dag-walk.js'
import { KeySet } from '../core/key-set.js'
import { KitError } from '../core/errors.js'
import { Turns } from '../core/turns.js'
import { isLeafCodec, linksOf } from '../formats/links.js'
import { resolveDag } from './dag-resolve.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface DagStatRequest {
  readonly paths: readonly string[]
}

export interface DagStatResult {
  readonly dags: readonly { readonly cid: string; readonly size: number; readonly blocks: number }[]
  /** Blocks of all of them, each once, and their bytes. */
  readonly uniqueBlocks: number
  readonly uniqueSize: number
}

/** Missing blocks are fetched. @throws INVALID_ARGUMENT for a value inside a block, and what reading throws. */
export const dagStat: Operation<DagStatRequest, DagStatResult> = (services, { paths }, run) =>
  withContent(services, run, true, async (view) => {
    const turns = new Turns(run.signal)
    const all = new KeySet()
    let uniqueBlocks = 0
    let uniqueSize = 0
    const dags: { cid: string; size: number; blocks: number }[] = []
    for (const path of paths) {
      const { cid: root, rest } = await resolveDag(view, services, path)
      if (rest.length > 0)
        throw new KitError('INVALID_ARGUMENT', 'cannot return size for anything other than a DAG with a root CID') // prettier-ignore
      const sum = { cid: String(root), size: 0, blocks: 0 }
      const way = new DagWalk([root])
      for (let step = way.next(); step !== undefined; step = way.next()) {
        if (turns.isDue) await turns.take()
        const { cid, isAgain } = step
        const { length, links } = await view.whenReady(() => measured(view, cid))
        way.enter(cid, links)
        if (isAgain) continue
        sum.size += length
        sum.blocks++
        if (!all.add(cid.key)) continue
        uniqueBlocks++
        uniqueSize += length
      }
      dags.push(sum)
    }
    return { dags, uniqueBlocks, uniqueSize }
  })

type View = Parameters<typeof resolveDag>[0]
type OneCid = Parameters<typeof linksOf>[0]

function measured({ content }: View, cid: OneCid): { length: number; links: readonly OneCid[] } {
  const record = cid.isIdentity ? undefined : content.blocks.find(cid.key)
  // A leaf leads nowhere, so that it need not be read.
  if (record !== undefined && isLeafCodec(cid.codec))
    return { length: content.blocks.blockLength(record), links: [] }
  const block = content.blocks.get(cid)
  return { length: block.length, links: linksOf(cid, block).cids }
}
