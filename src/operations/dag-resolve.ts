/**
 * Follows a path through any DAG: names in folders, names of links, keys in values. Where it ends inside a
 * block, the rest of the path says where.
 */
import type { CidPath } from '../content/cid-path.js'
import type { Content } from '../content/content.js'
import { equalBytes, textOf } from '../core/bytes.js'
import { Cid, DAG_PB } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { printable } from '../core/printable.js'
import { Kind } from '../formats/block-kind.js'
import { decodePb, linkCid, linkName } from '../formats/dag-pb.js'
import { asLink } from '../formats/ipld-value.js'
import { decodeNode, isMapCodec } from '../formats/ipld-node.js'
import type { ContentView } from './content-view.js'
import type { Operation } from './operation.js'
import type { Services } from './services.js'
import { targetPath } from './target.js'
import { withContent } from './with-content.js'

export interface DagResolveRequest {
  /** A path below `/ipfs/` or `/ipns/`, or a CID. */
  readonly path: string
}

export interface DagResolveResult {
  readonly cid: string
  /** What is left of the path, which leads to a value inside the block; empty for the block itself. */
  readonly rest: string
}

/** Missing content is fetched. @throws PATH_NOT_FOUND, BLOCK_NOT_FOUND, INVALID_CID. */
export const dagResolve: Operation<DagResolveRequest, DagResolveResult> = (
  services,
  { path },
  run
) =>
  withContent(services, run, true, async (view) => {
    const { cid, rest } = await resolveDag(view, services, path)
    return { cid: String(cid), rest: rest.join('/') }
  })

export interface PlaceInDag {
  readonly cid: Cid
  /** Keys inside the block. */
  readonly rest: readonly string[]
}

/** As `dagResolve`, within a piece of work. */
export async function resolveDag(
  view: ContentView,
  services: Pick<Services, 'home' | 'mounts'>,
  text: string
): Promise<PlaceInDag> {
  const path = await targetPath(view, services, text)
  return await view.whenReady(() => follow(view.content, path))
}

function follow(content: Content, { root, names }: CidPath): PlaceInDag {
  let cid = root
  for (let i = 0; i < names.length;) {
    if (isMapCodec(cid.codec)) {
      const found = followValue(content, cid, names.slice(i))
      if (found.link === undefined) return { cid, rest: names.slice(i).map((name) => textOf(name) ?? printable(name)) } // prettier-ignore
      cid = found.link
      i += found.used
      continue
    }
    const next = childOf(content, cid, names[i]!)
    if (next === undefined) throw noLink(names[i]!, cid)
    cid = next
    i++
  }
  // What is not here is told of now.
  if (!cid.isIdentity) content.stat(cid)
  return { cid, rest: [] }
}

function childOf(content: Content, cid: Cid, name: Uint8Array): Cid | undefined {
  if (cid.codec !== DAG_PB) return undefined
  const { kind } = content.stat(cid)
  if (kind === Kind.DIRECTORY || kind === Kind.HAMT) return content.child(cid, name)
  const node = decodePb(content.blocks.get(cid))
  for (let i = 0; i < node.count; i++)
    if (equalBytes(linkName(node, i), name)) return Cid.decode(linkCid(node, i).slice())
  return undefined
}

/** Follows keys inside a block. @returns the first link; undefined where the path ends at a value. */
function followValue(
  content: Content,
  cid: Cid,
  names: readonly Uint8Array[]
): { readonly link: Cid | undefined; readonly used: number } {
  let value = decodeNode(cid.codec, content.blocks.get(cid))
  for (let used = 0; used < names.length; used++) {
    value = valueAt(value, textOf(names[used]!))
    if (value === undefined) throw noLink(names[used]!, cid)
    const link = asLink(value)
    if (link !== undefined) return { link, used: used + 1 }
  }
  return { link: undefined, used: names.length }
}

/** Returns what a map or list has at a key; undefined where it has none. */
export function valueAt(value: unknown, key: string | undefined): unknown {
  const holds = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
  if (!holds || key === undefined || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

const noLink = (name: Uint8Array, cid: Cid): KitError =>
  new KitError('PATH_NOT_FOUND', `no link named ${JSON.stringify(printable(name))} under ${cid}`)
