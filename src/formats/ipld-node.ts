/**
 * Nodes of IPLD as values, and as blocks of each codec. In a value, links are CIDs of multiformats and bytes are
 * Uint8Array; a node of dag-pb is `{ Data, Links: [{ Hash, Name, Tsize }] }`.
 */
import * as dagCbor from '@ipld/dag-cbor'
import * as dagJson from '@ipld/dag-json'
import * as dagPb from '@ipld/dag-pb'
import { CBOR, DAG_CBOR, DAG_JSON, DAG_PB, JSON_CODEC, RAW } from '../core/cid.js'
import { KitError } from '../core/errors.js'

interface Codec {
  readonly name: string
  readonly decode: (block: Uint8Array) => unknown
  readonly encode: (value: unknown) => Uint8Array
}

const CODECS: ReadonlyMap<number, Codec> = new Map([
  [RAW, { name: 'raw', decode: (block: Uint8Array) => block, encode: bytesOf }],
  [
    DAG_PB,
    { name: 'dag-pb', decode: decodePbNode, encode: (value: unknown) => encodePbNode(value) }
  ],
  [DAG_CBOR, { name: 'dag-cbor', decode: dagCbor.decode, encode: dagCbor.encode }],
  [DAG_JSON, { name: 'dag-json', decode: dagJson.decode, encode: dagJson.encode }],
  [CBOR, { name: 'cbor', decode: dagCbor.decode, encode: encodePlainCbor }],
  [
    JSON_CODEC,
    { name: 'json', decode: (block: Uint8Array) => decodeJson(block), encode: encodeJson }
  ]
])

const CODES: ReadonlyMap<string, number> = new Map(
  [...CODECS].map(([code, { name }]) => [name, code])
)

/** Returns the code of a codec by its name or number. @throws INVALID_ARGUMENT. */
export function codecNamed(text: string): number {
  const code = CODES.get(text) ?? Number(text)
  if (Number.isSafeInteger(code) && code > 0 && code <= 0x7fffffff) return code
  throw new KitError(
    'INVALID_ARGUMENT',
    `"${text}" is no codec; there are: ${[...CODES.keys()].join(', ')}`
  )
}

/** Returns the name of a codec, or its number where it has none here. */
export const codecName = (code: number): string =>
  CODECS.get(code)?.name ?? `0x${code.toString(16)}`

/** Returns whether paths go on inside the blocks of a codec. */
export const isMapCodec = (code: number): boolean =>
  code === DAG_CBOR || code === DAG_JSON || code === CBOR || code === JSON_CODEC

/** @throws UNSUPPORTED for another codec, CORRUPT_FORMAT for a block that is none of it. */
export function decodeNode(code: number, block: Uint8Array): unknown {
  const { name, decode } = codec(code)
  try {
    return decode(block)
  } catch (cause) {
    throw new KitError('CORRUPT_FORMAT', `malformed ${name}: ${(cause as Error).message}`, {
      cause
    })
  }
}

/** @throws UNSUPPORTED for another codec, INVALID_ARGUMENT for a value that it cannot hold. */
export function encodeNode(code: number, value: unknown): Uint8Array {
  const { name, encode } = codec(code)
  try {
    return encode(value)
  } catch (cause) {
    throw new KitError('INVALID_ARGUMENT', `this is no ${name}: ${(cause as Error).message}`, {
      cause
    })
  }
}

function codec(code: number): Codec {
  const found = CODECS.get(code)
  if (found !== undefined) return found
  throw new KitError(
    'UNSUPPORTED',
    `codec 0x${code.toString(16)} is not known here; known are: ${[...CODES.keys()].join(', ')}`
  )
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TypeError('raw holds bytes alone')
}

function decodePbNode(block: Uint8Array): unknown {
  const { Data, Links } = dagPb.decode(block)
  const links = Links.map(({ Hash, Name = '', Tsize }) => ({
    Hash,
    Name,
    ...(Tsize === undefined ? {} : { Tsize })
  }))
  return { ...(Data === undefined ? {} : { Data }), Links: links }
}

const encodePbNode = (value: unknown): Uint8Array =>
  dagPb.encode(dagPb.prepare(value as Parameters<typeof dagPb.prepare>[0]))

/** Without links, which plain CBOR has not. */
function encodePlainCbor(value: unknown): Uint8Array {
  refuseLinks(value)
  return dagCbor.encode(value)
}

const decodeJson = (block: Uint8Array): unknown => JSON.parse(Buffer.from(block).toString())

/** As Kubo writes it, with tabs. */
function encodeJson(value: unknown): Uint8Array {
  refuseLinks(value)
  return Buffer.from(JSON.stringify(value, null, '\t'))
}

function refuseLinks(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (ArrayBuffer.isView(value)) throw new TypeError('bytes have no form in it')
  if ('asCID' in value || '/' in value) throw new TypeError('links have no form in it')
  for (const inner of Object.values(value)) refuseLinks(inner)
}
