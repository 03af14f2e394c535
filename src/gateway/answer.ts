/** What the gateway answers, and how it is sent: conditions, ranges, the pace of the client. */
import type { Cid } from '../core/cid.js'
import { byteRange, type ByteRange } from '../http/byte-range.js'
import type { HttpCall } from '../http/http-call.js'
import { sendStream } from '../http/send-stream.js'
import { isKnown, isSame } from '../http/conditions.js'
import { headerLines, OPEN_LINES, type Headers } from './headers.js'

/** Bytes that can be had from any place. */
export interface SizedBody {
  readonly size: number
  /** The file that it is. */
  readonly cid?: Cid
  /** Sends bytes from `start` to before `end`. Headers are written by then. */
  readonly send: (call: HttpCall, range: ByteRange) => Promise<void>
  /** Checks that bytes are here, before headers say so. @throws what reading them throws. */
  readonly check?: (range: ByteRange) => Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The first is the answer's; a client that has one of the others has it, too. */
  readonly etags: readonly string[]
  readonly body: Buffer | SizedBody | AsyncIterable<Uint8Array>
  /** Whether a part of the body may be asked for. */
  readonly isRanged: boolean
}

export async function sendAnswer(call: HttpCall, answer: Answer): Promise<void> {
  const { request, response } = call
  const { etags, status, body } = answer
  const [etag] = etags
  if (isKnown(request.headers['if-none-match'], etags))
    return void response.writeHead(304, linesOf(withoutBody(answer.headers), etag)).end()
  const lines = linesOf(answer.headers, etag)
  if (!isSized(body)) {
    lines.push('accept-ranges', 'none')
    if (request.method === 'HEAD') return void response.writeHead(status, lines).end()
    return await sendStream(call, body, () => response.writeHead(status, lines))
  }
  const size = Buffer.isBuffer(body) ? body.length : body.size
  const range = answer.isRanged ? rangeOf(call, size, etag) : undefined
  if (range === 'unsatisfiable')
    return void response.writeHead(416, [...lines, 'content-range', `bytes */${size}`, 'content-length', '0']).end() // prettier-ignore
  const sent = range ?? { start: 0, end: size }
  if (!Buffer.isBuffer(body)) await body.check?.(sent)
  if (answer.isRanged) lines.push('accept-ranges', 'bytes')
  lines.push('content-length', String(sent.end - sent.start))
  if (range !== undefined) lines.push('content-range', `bytes ${range.start}-${range.end - 1}/${size}`) // prettier-ignore
  response.writeHead(range === undefined ? status : 206, lines)
  if (request.method === 'HEAD' || sent.start === sent.end) return void response.end()
  if (Buffer.isBuffer(body)) return void response.end(body.subarray(sent.start, sent.end))
  await body.send(call, sent)
}

/** Returns the headers of an answer that is sent from its beginning to its end. */
export function linesOfWhole({ headers, etags: [etag] }: Answer, size: number): string[] {
  const lines = linesOf(headers, etag)
  lines.push('accept-ranges', 'bytes', 'content-length', String(size))
  return lines
}

const linesOf = (headers: Headers, etag: string | undefined): string[] => {
  const lines = [...OPEN_LINES, ...headerLines(headers)]
  if (etag !== undefined) lines.push('etag', etag)
  return lines
}

const isSized = (body: Answer['body']): body is Buffer | SizedBody =>
  Buffer.isBuffer(body) || 'send' in body

/** Headers of an answer without a body say nothing of the body. */
const withoutBody = (headers: Headers): Headers => ({
  ...headers,
  'content-type': undefined,
  'content-disposition': undefined
})

/** Of several ranges the first is given, as a server may: the header of the answer says which. */
function rangeOf(
  { request: { headers } }: HttpCall,
  size: number,
  etag: string | undefined
): ReturnType<typeof byteRange> {
  if (headers.range === undefined || !isSame(headers['if-range'] as string | undefined, etag ?? ''))
    return undefined
  const [first] = headers.range.split(',')
  return byteRange(first, size)
}
