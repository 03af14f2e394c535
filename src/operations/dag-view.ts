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
    const links = [...linksIn(value)]
    const json = encode(value)
    return {
      ...shared,
      links: links.slice(0, MOST_LINKS),
      linkCount: links.length,
      json: json.length > MOST_JSON ? null : (textOf(json) ?? null)
    }
  })

function* linksIn(value: unknown, path = ''): Generator<DagLink, void, undefined> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  const link = asLink(value)
  if (link !== undefined) return yield { path, name: null, cid: String(link) }
  const named = 'Name' in value && typeof value.Name === 'string' ? value.Name : null
  for (const [key, inner] of Object.entries(value))
    for (const found of linksIn(inner, path === '' ? key : `${path}/${key}`))
      yield found.name === null && named !== null ? { ...found, name: named } : found
}
