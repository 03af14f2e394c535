/** Shows a node of a DAG: what it is made of, and where it leads. */
import { encode } from '@ipld/dag-json'
import { textOf } from '../core/bytes.js'
import { RAW } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { codecName, decodeNode } from '../formats/ipld-node.js'
import { asLink } from '../formats/ipld-value.js'
import { resolveDag } from './dag-resolve.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface DagViewRequest {
  readonly path: string
}

export interface DagLink {
  /** Where in the node the link is, as `Links/0/Hash`. */
  readonly path: string
  /** Of a link that has one. */
  readonly name: string | null
  readonly cid: string
}

export interface DagViewResult {
  readonly cid: string
  readonly codec: string
  /** Bytes of the block. */
  readonly size: number
  /** In order; those beyond the first thousand are only counted. */
  readonly links: readonly DagLink[]
  readonly linkCount: number
  /** The node in dag-json; null for bytes without a structure, and for one of more than 64 KiB. */
  readonly json: string | null
}

const MOST_LINKS = 1000
const MOST_JSON = 64 << 10

/** @throws INVALID_CID, PATH_NOT_FOUND, BLOCK_NOT_FOUND, CORRUPT_FORMAT. */
export const dagView: Operation<DagViewRequest, DagViewResult> = (services, { path }, run) =>
  withContent(services, run, true, async (view) => {
    const { cid, rest } = await resolveDag(view, services, path)
    if (rest.length > 0)
      throw new KitError('PATH_NOT_FOUND', `${rest.join('/')} is a value inside ${cid}, and no node`) // prettier-ignore
    const block = await view.whenReady(() => view.content.blocks.get(cid))
    const shared = { cid: String(cid), codec: codecName(cid.codec), size: block.length }
    if (cid.codec === RAW) return { ...shared, links: [], linkCount: 0, json: null }
    const value = decodeNode(cid.codec, block)
    const { links, count } = linksIn(value)
    const json = block.length > MOST_JSON ? undefined : encode(value)
    const isShort = json !== undefined && json.length <= MOST_JSON
    return { ...shared, links, linkCount: count, json: isShort ? (textOf(json) ?? null) : null }
  })

/** A value inside a node, and the way to it. */
interface Place {
  readonly value: unknown
  readonly key: string
  readonly above: Place | undefined
}

/** Finds links in order, without recursion: a node may be thousands of levels deep. */
function linksIn(node: unknown): { readonly links: DagLink[]; readonly count: number } {
  const links: DagLink[] = []
  let count = 0
  const places: Place[] = [{ value: node, key: '', above: undefined }]
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { value } = place
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) continue
    const link = asLink(value)
    if (link === undefined) {
      const entries = Object.entries(value)
      for (let i = entries.length - 1; i >= 0; i--) {
        const [key, inner] = entries[i]!
        places.push({ value: inner, key, above: place })
      }
    } else if (++count <= MOST_LINKS)
      links.push({ path: pathOf(place), name: nameOf(place), cid: String(link) })
  }
  return { links, count }
}

function pathOf(place: Place): string {
  const keys: string[] = []
  for (let one = place; one.above !== undefined; one = one.above) keys.push(one.key)
  return keys.reverse().join('/')
}

/** In dag-pb a link has its name beside it. */
function nameOf({ above }: Place): string | null {
  const value = above?.value
  const isNamed = typeof value === 'object' && value !== null && 'Name' in value
  return isNamed && typeof value.Name === 'string' ? value.Name : null
}
