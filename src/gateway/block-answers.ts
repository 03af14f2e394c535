/** Answers that are the bytes of one block: raw, and JSON and CBOR by their own codecs. */
import { CBOR, DAG_CBOR, DAG_JSON, JSON_CODEC, type Cid } from '../core/cid.js'
import { bufferOf } from '../core/bytes.js'
import { isKitError } from '../core/errors.js'
import { decodeValue } from '../formats/ipld-value.js'
import type { Answer } from './answer.js'
import { cacheControl, contentHeaders } from './content-headers.js'
import { disposition } from './disposition.js'
import { HttpError } from './failures.js'
import { MEDIA_TYPES, type Format } from './formats.js'
import type { Asked } from './gateway.js'
import type { Walked } from './walk-path.js'

/** Forms of values, by codec: what it is by itself, and what it may be called. */
const VALUE_FORMATS = new Map<number, readonly ValueFormat[]>([
  [DAG_JSON, ['dag-json', 'json']],
  [DAG_CBOR, ['dag-cbor', 'cbor']],
  [JSON_CODEC, ['json', 'dag-json']],
  [CBOR, ['cbor', 'dag-cbor']]
])

type ValueFormat = 'dag-json' | 'dag-cbor' | 'json' | 'cbor'

export const isValue = (cid: Cid): boolean => VALUE_FORMATS.has(cid.codec)

export const isValueFormat = (format: Format): format is ValueFormat =>
  format === 'dag-json' || format === 'dag-cbor' || format === 'json' || format === 'cbor'

export async function rawAnswer(asked: Asked, walked: Walked): Promise<Answer> {
  const { cid } = walked
  const block = await blockOf(asked, cid)
  const name = asked.call.query.get('filename') ?? `${cid}.bin`
  return {
    status: 200,
    headers: {
      ...contentHeaders(asked, walked.roots),
      'content-type': MEDIA_TYPES.raw,
      'content-disposition': disposition('attachment', name),
      'cache-control': cacheControl(asked)
    },
    etags: [`"${cid}.raw"`],
    body: block,
    isRanged: true
  }
}

/**
 * Returns a value as it is; nothing is converted (IPIP-524).
 * @throws HttpError 406 for another format than the codec's.
 */
export async function valueAnswer(
  asked: Asked,
  walked: Walked,
  wanted: ValueFormat | undefined
): Promise<Answer> {
  const { cid } = walked
  const own = VALUE_FORMATS.get(cid.codec)
  const format = wanted ?? own?.[0]
  if (own === undefined || format === undefined || !own.includes(format))
    throw new HttpError(406, `${cid} is not ${wanted}, and content is not converted; ask for ?format=raw or ?format=car and convert it yourself`) // prettier-ignore
  const block = await blockOf(asked, cid)
  if ((cid.codec === JSON_CODEC || cid.codec === CBOR) && format.startsWith('dag-'))
    checkDag(cid, block, format)
  const isJson = format.endsWith('json')
  const { query } = asked.call
  const isDownload = query.get('download') === 'true' || !isJson
  const name = query.get('filename') ?? `${cid}.${isJson ? 'json' : 'cbor'}`
  return {
    status: 200,
    headers: {
      ...contentHeaders(asked, walked.roots),
      'content-type': MEDIA_TYPES[format],
      'content-disposition': disposition(isDownload ? 'attachment' : 'inline', name),
      'cache-control': cacheControl(asked)
    },
    etags: [`"${cid}.${format}"`],
    body: block,
    isRanged: true
  }
}

/** Plain JSON and CBOR may be called by their names with links where they have the form. */
function checkDag(cid: Cid, block: Uint8Array, format: ValueFormat): void {
  try {
    decodeValue(format === 'dag-json' ? DAG_JSON : DAG_CBOR, block)
  } catch (error) {
    if (!isKitError(error)) throw error
    throw new HttpError(406, `${cid} is not ${format}: ${error.message}`)
  }
}

const blockOf = async ({ view }: Asked, cid: Cid): Promise<Buffer> =>
  bufferOf(await view.whenReady(() => view.content.blocks.get(cid)))
