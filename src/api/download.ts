/** The bytes of files. */
import { KitError } from '../core/errors.js'
import { byteRange, type ByteRange } from '../http/byte-range.js'
import { isKnown, isSame } from '../http/conditions.js'
import type { HttpCall } from '../http/http-call.js'
import { sendFile, sendInPieces } from '../http/send-file.js'
import { noteRead } from '../metadata/read-notes.js'
import { localFileOf, piecesOf } from '../operations/file-bytes.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { target } from '../operations/target.js'

/** Sends a file, or the range of it that is asked for. @throws IS_A_DIRECTORY, and what finding and reading it throws. */
export async function download(
  services: Services,
  { path }: { path: string },
  call: HttpCall
): Promise<void> {
  const run: Run = { signal: call.signal, progress: () => undefined, warn: () => undefined }
  const view = await services.openContent(true, run)
  try {
    const { cid } = await target(view, services, path)
    const { type, size } = await view.whenReady(() => view.content.stat(cid))
    if (type === 'directory') throw new KitError('IS_A_DIRECTORY', `${path} is a folder; ask for it as a CAR`) // prettier-ignore
    const part = downloadHead(call, `"${cid}"`, size)
    if (part === undefined) return
    noteRead(services.home, String(cid), Date.now())
    const file = localFileOf(view, cid)
    if (file !== undefined) await sendFile(call, file, part)
    else await sendInPieces(call, (piece) => piecesOf(view, cid, part, piece))
  } finally {
    await view.close()
  }
}

/** Writes the head. Returns the part that is to follow; undefined where the answer is complete. */
function downloadHead(
  { request, response }: HttpCall,
  etag: string,
  size: number
): ByteRange | undefined {
  const headers = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    etag
  }
  if (isKnown(request.headers['if-none-match'], [etag]))
    return void response.writeHead(304, headers).end()
  // What a name leads to may be another file than the one of which the client has a part.
  const goesOn = isSame(request.headers['if-range'] as string | undefined, etag)
  const range = goesOn ? byteRange(request.headers.range, size) : undefined
  if (range === 'unsatisfiable')
    return void response.writeHead(416, { 'content-range': `bytes */${size}` }).end()
  const part = range ?? { start: 0, end: size }
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'content-length': part.end - part.start,
    ...(range === undefined
      ? {}
      : { 'content-range': `bytes ${part.start}-${part.end - 1}/${size}` })
  })
  if (request.method !== 'HEAD' && part.start < part.end) return part
  return void response.end()
}
