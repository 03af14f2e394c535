/** Lists what blocks link to. */
import { Cid, DAG_PB } from '../core/cid.js'
import { KeySet } from '../core/key-set.js'
import { Turns } from '../core/turns.js'
import { decodePb, linkCid, linkName } from '../formats/dag-pb.js'
import { isLeafCodec, linksOf } from '../formats/links.js'
import { bufferOf, copyOf } from '../core/bytes.js'
import type { ContentView } from './content-view.js'
import { resolveDag } from './dag-resolve.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

export interface RefsRequest {
  readonly path: string
  /** How deep links are followed; 1 for those of the root. */
  readonly depth: number
  /** Whether a block is told of once alone. */
  readonly unique: boolean
}

export interface Ref {
  readonly from: string
  readonly to: string
  /** The name of the link; empty for none. */
  readonly name: string
}

/** Yields links depth first. Missing blocks are fetched. @throws what finding and reading them throws. */
export async function* refs(
  services: Services,
  { path, depth, unique }: RefsRequest,
  run: Run
): AsyncGenerator<Ref, void, undefined> {
  const view = await services.openContent(true, run)
  const turns = new Turns(run.signal)
  const seen = unique ? new KeySet() : undefined
  try {
    const { cid } = await resolveDag(view, services, path)
    const open: Level[] = [{ from: cid, links: await linksIn(view, cid), next: 0 }]
    for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
      const link = level.links[level.next++]
      if (link === undefined) {
        open.pop()
        continue
      }
      if (turns.isDue) await turns.take()
      if (seen !== undefined && !seen.add(link.cid.key)) continue
      const goesOn = open.length < depth
      const below = await linksIn(view, link.cid)
      yield { from: String(level.from), to: String(link.cid), name: link.name }
      if (goesOn) open.push({ from: link.cid, links: below, next: 0 })
    }
  } finally {
    await view.close()
  }
}

interface Link {
  readonly cid: Cid
  readonly name: string
}

interface Level {
  readonly from: Cid
  readonly links: readonly Link[]
  next: number
}

async function linksIn(view: ContentView, cid: Cid): Promise<readonly Link[]> {
  return await view.whenReady(() => {
    if (isLeafCodec(cid.codec)) {
      // Its bytes lead nowhere, but it must be there.
      if (!cid.isIdentity) view.content.stat(cid)
      return []
    }
    const block = view.content.blocks.get(cid)
    if (cid.codec !== DAG_PB)
      return linksOf(cid, block).cids.map((link) => ({ cid: link, name: '' }))
    const node = decodePb(block)
    return Array.from({ length: node.count }, (_, i) => ({
      cid: Cid.decode(copyOf(linkCid(node, i))),
      name: bufferOf(linkName(node, i)).toString()
    }))
  })
}
