/** Answers that are the bytes of a file. */
import { textOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { Kind } from '../formats/block-kind.js'
import { mimeOf } from '../metadata/mime-of.js'
import { BYTES_TYPE } from '../metadata/mime-types.js'
import type { ContentView } from '../operations/content-view.js'
import { bytesOf, localFileOf, piecesOf } from '../operations/file-bytes.js'
import { byteRange } from '../http/byte-range.js'
import type { HttpCall } from '../http/http-call.js'
import { sendFile, sendInPieces } from '../http/send-file.js'
import type { Answer, SizedBody } from './answer.js'
import { cacheControl, contentHeaders } from './content-headers.js'
import { disposition } from './disposition.js'
import type { Asked } from './gateway.js'
import type { Walked } from './walk-path.js'

/** Bytes that tell the type of a file, and those that are read before headers are sent. */
const HEAD = 512
const FIRST = 256 << 10

/** @param name by which the type is known, where the bytes are only text. */
export async function fileAnswer(
  asked: Asked,
  walked: Walked,
  name: Uint8Array | undefined
): Promise<Answer> {
  const { cid, roots } = walked
  const { view, call } = asked
  const { kind, size } = await view.whenReady(() => view.content.stat(cid))
  const given = call.query.get('filename')
  return {
    status: 200,
    headers: {
      ...contentHeaders(asked, roots),
      'content-type':
        kind === Kind.SYMLINK
          ? 'inode/symlink'
          : await typeOf(view, cid, size, given ?? nameText(name), call.request.headers.range),
      'content-disposition': dispositionOf(call, given, name),
      'cache-control': cacheControl(asked)
    },
    etags: [`"${cid}"`],
    body:
      kind === Kind.SYMLINK ? Buffer.from(view.content.readlink(cid)) : bodyOf(asked, cid, size),
    isRanged: true
  }
}

const nameText = (name: Uint8Array | undefined): string | null =>
  name === undefined ? null : (textOf(name) ?? null)

function dispositionOf(
  { query }: HttpCall,
  given: string | null,
  name: Uint8Array | undefined
): string | undefined {
  const isDownload = query.get('download') === 'true'
  if (!isDownload && given === null) return undefined
  const shown = given ?? nameText(name)
  if (shown === null) return 'attachment'
  return disposition(isDownload ? 'attachment' : 'inline', shown)
}

async function typeOf(
  view: ContentView,
  cid: Cid,
  size: number,
  name: string | null,
  range: string | undefined
): Promise<string> {
  const known = mimeOf(await headOf(view, cid, size), name)
  const type = known === BYTES_TYPE && isMiddle(range, size) ? 'text/plain' : known
  if (type === 'application/x-empty' || type.startsWith('text/x-'))
    return 'text/plain; charset=utf-8'
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}

/**
 * A part from the middle of what has no known type is given as text, as other gateways do and their tests want:
 * who asks for it knows what the whole is.
 */
function isMiddle(header: string | undefined, size: number): boolean {
  const range = byteRange(header?.split(',')[0], size)
  return range !== undefined && range !== 'unsatisfiable' && range.start > 0
}

/** A file whose beginning is not here may still be read behind it. */
async function headOf(view: ContentView, cid: Cid, size: number): Promise<Uint8Array> {
  try {
    return await bytesOf(view, cid, { start: 0, end: Math.min(HEAD, size) })
  } catch (error) {
    if (!isKitError(error, 'BLOCK_NOT_FOUND')) throw error
    return new Uint8Array(0)
  }
}

function bodyOf({ view, opened }: Asked, cid: Cid, size: number): SizedBody {
  /** The first piece, which was read before headers were sent, so that an error is told as one. */
  let first: Buffer | undefined
  return {
    size,
    cid,
    check: async ({ start, end }) => {
      if (view.content.contiguous(cid) === undefined && end > start)
        first = await bytesOf(view, cid, { start, end: Math.min(start + FIRST, end) })
    },
    send: async (call, range) => {
      opened(cid)
      const path = localFileOf(view, cid)
      if (path !== undefined) return await sendFile(call, path, range)
      if (first?.length === range.end - range.start) return void call.response.end(first)
      await sendInPieces(call, (piece) => behind(first, piecesOf(view, cid, { ...range, start: range.start + (first?.length ?? 0) }, piece))) // prettier-ignore
    }
  }
}

async function* behind(
  first: Uint8Array | undefined,
  rest: AsyncIterable<Uint8Array>
): AsyncGenerator<Uint8Array, void, undefined> {
  if (first !== undefined) yield first
  yield* rest
}
