/**
 * Says which blocks a block links to, for everything that walks DAGs: gc, pins, archives, checks.
 * An answer is the links, or that the codec has none, or that they cannot be known; the last must
 * never pass for a block without links, because what only it leads to would be lost.
 */
import { CBOR, Cid, DAG_CBOR, DAG_JOSE, DAG_JSON, DAG_PB, JSON_CODEC, LIBP2P_KEY, RAW } from '../core/cid.js' // prettier-ignore
import { isKitError } from '../core/errors.js'
import { cborLinks } from './cbor-links.js'
import { decodePb, linkCid } from './dag-pb.js'
import { joseLinks } from './jose-links.js'
import { jsonLinks } from './json-links.js'

export type BlockLinks =
  | {
      readonly answer: 'links' | 'none'
      /** In the order of the block, with repeats. Some may have a flaw: no block can have those. */
      readonly cids: readonly Cid[]
    }
  | {
      readonly answer: 'unknown'
      /** Links that were found all the same; there may be others. */
      readonly cids: readonly Cid[]
      /** Says why the links cannot be read. */
      readonly reason: string
    }

/** Readers of links by codec. @throws CORRUPT_FORMAT, INVALID_CID where a block cannot be read. */
const READERS: ReadonlyMap<number, (block: Uint8Array) => Cid[]> = new Map([
  [DAG_PB, pbLinks],
  [DAG_CBOR, cborLinks],
  [DAG_JSON, jsonLinks],
  [DAG_JOSE, joseLinks]
])

/** Codecs whose blocks have no links by definition. Source: https://github.com/multiformats/multicodec */
const LEAF_CODECS: ReadonlySet<number> = new Set([RAW, CBOR, JSON_CODEC, LIBP2P_KEY])

const NONE: BlockLinks = { answer: 'none', cids: [] }

/** Codecs whose blocks have links that can be read. */
export const LINKING_CODECS: readonly number[] = [...READERS.keys()]

/** Returns whether blocks of a codec have no links by definition. */
export const isLeafCodec = (codec: number): boolean => LEAF_CODECS.has(codec)

/** Returns the links of a block, read by the codec of its CID. It never throws. */
export function linksOf(cid: Cid, block: Uint8Array): BlockLinks {
  if (LEAF_CODECS.has(cid.codec)) return NONE
  const reader = READERS.get(cid.codec)
  if (reader === undefined)
    return unknown(`the links of codec 0x${cid.codec.toString(16)} cannot be read`)
  try {
    return { answer: 'links', cids: reader(block) }
  } catch (error) {
    if (!isKitError(error)) throw error
    return unknown(error.message)
  }
}

const unknown = (reason: string, cids: readonly Cid[] = []): BlockLinks => ({
  answer: 'unknown',
  cids,
  reason
})

function pbLinks(block: Uint8Array): Cid[] {
  const node = decodePb(block)
  return Array.from({ length: node.count }, (_, i) => Cid.decode(linkCid(node, i)))
}

/**
 * Returns the links of a block as they lead to blocks that can be stored: each identity node, whose
 * block is its CID, is replaced by its own links.
 */
export function linksToStored(cid: Cid, block: Uint8Array): BlockLinks {
  const links = linksOf(cid, block)
  if (!links.cids.some(({ isIdentity }) => isIdentity)) return links
  const cids: Cid[] = []
  let reason = links.answer === 'unknown' ? links.reason : undefined
  for (const link of links.cids) {
    if (!link.isIdentity || link.flaw !== undefined) {
      cids.push(link)
      continue
    }
    // An identity CID has at most 128 bytes, so that few can lie in each other.
    const inner = linksToStored(link, link.digest)
    if (inner.answer === 'unknown') reason ??= `${link}: ${inner.reason}`
    for (const found of inner.cids) cids.push(found)
  }
  return reason === undefined ? { answer: 'links', cids } : unknown(reason, cids)
}
