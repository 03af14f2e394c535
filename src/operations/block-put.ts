/** Stores single blocks. */
import { Cid, DAG_PB } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { hashNamed, SHA2_256 } from '../core/hash.js'
import { codecNamed, decodeNode, encodeNode } from '../formats/ipld-node.js'
import { describeBlock } from '../formats/describe-block.js'
import { readPins } from '../store/pins.js'
import type { Operation } from './operation.js'
import { newPin, withWriteSession } from './with-write-session.js'

/** What other nodes take (IPFS specification of Bitswap). */
const USUAL_BLOCK = 2 << 20
/** What is taken at all. */
export const MAX_BLOCK = 32 << 20

export interface BlockPutRequest {
  readonly bytes: AsyncIterable<Uint8Array>
  /** The codec of the CID, as in `raw`; `v0` for a CIDv0. */
  readonly codec: string
  /** The codec of the bytes, if they are to be encoded anew. */
  readonly inputCodec?: string | undefined
  /** As in `sha2-256`. */
  readonly hash?: string | undefined
  readonly pin?: boolean
  /** Whether the block may be larger than what other nodes take. */
  readonly allowBig?: boolean
}

export interface BlockPutResult {
  readonly cid: string
  readonly size: number
}

/** Stores durably. @throws TOO_LARGE, INVALID_ARGUMENT, UNSUPPORTED for a hash that is not known. */
export const blockPut: Operation<BlockPutRequest, BlockPutResult> = async (
  services,
  request,
  run
) => {
  const given = await received(request.bytes)
  const block = request.inputCodec === undefined ? given : encoded(given, request.inputCodec, request.codec) // prettier-ignore
  if (block.length > USUAL_BLOCK && request.allowBig !== true)
    throw new KitError(
      'TOO_LARGE',
      "produced block is over 2MiB: big blocks can't be exchanged with other peers. consider using UnixFS for automatic chunking of bigger files, or pass --allow-big-block to override"
    )
  const cid = cidOf(block, request)
  return await withWriteSession(services, run, async (session, view) => {
    if (!session.has(cid)) session.put(cid, block, describeBlock(cid.codec, block))
    const text = String(cid)
    const name = readPins(view.reader.layout.pins).get(text)?.name ?? ''
    return await Promise.resolve({
      result: { cid: text, size: block.length },
      pins: request.pin === true ? [newPin(text, 'recursive', name)] : [],
      unpinned: request.pin === true ? [] : [text]
    })
  })
}

function encoded(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return encodeNode(codecNamed(to), decodeNode(codecNamed(from), bytes))
}

function cidOf(block: Uint8Array, { codec, hash = 'sha2-256' }: BlockPutRequest): Cid {
  const { code, hash: own } = hashNamed(hash)
  const digest = own.digest(block)
  if (codec !== 'v0') return Cid.v1(codecNamed(codec), code, digest)
  if (code === SHA2_256) return Cid.v0(digest)
  throw new KitError(
    'INVALID_ARGUMENT',
    `CIDv0 only supports sha2-256, and codec 0x${DAG_PB.toString(16)}`
  )
}

async function received(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of bytes) {
    length += piece.length
    if (length > MAX_BLOCK)
      throw new KitError('TOO_LARGE', `a block has ${MAX_BLOCK} bytes at most`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
