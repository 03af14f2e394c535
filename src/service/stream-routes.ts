/** The Arrow streams of an engine over HTTP, and as JSON for whoever reads no Arrow. */
import { copyOf } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { ArrowFile } from '../ipc/arrow-file.js'
import { streamPath } from '../ipc/layout.js'
import { isStreamName, STREAMS, type StreamName } from '../ipc/streams.js'
import { sendPieces, type HttpCall, type HttpRoute } from '../http/http-call.js'

/** What the paths of the streams begin with. */
export const STREAM_PATHS = '/ipc/'
/** Bytes, or characters of JSON, that are sent at a time. */
const PIECE = 1 << 18

/** @param ensure resolves when the file of a stream is there and current. */
export const streamRoutes = (
  home: string,
  ensure: (name: StreamName) => Promise<void>
): HttpRoute[] => [
  {
    methods: ['GET'],
    path: STREAM_PATHS,
    answer: async (call) => {
      const [, name = '', type] =
        /^([a-z_]+)(\.json)?$/.exec(call.path.slice(STREAM_PATHS.length)) ?? []
      if (!isStreamName(name))
        throw new KitError('PATH_NOT_FOUND', `there is no such stream; there are ${Object.keys(STREAMS).join(', ')}`) // prettier-ignore
      await ensure(name)
      const file = ArrowFile.open(streamPath(home, name))
      if (file === undefined) throw new KitError('STALE', `${name} is not there just now`)
      try {
        if (type === undefined) await sendStream(call, file)
        else await sendRows(call, file, name)
      } finally {
        file.close()
      }
    }
  }
]

/** What lies between the ends of a file is the stream. */
async function sendStream(call: HttpCall, file: ArrowFile): Promise<void> {
  const { start, end } = file.stream
  call.response.writeHead(200, {
    'content-type': 'application/vnd.apache.arrow.stream',
    'content-length': end - start
  })
  await sendPieces(call, piecesOf(file.bytes.subarray(start, end)))
}

/** Copies, since a piece may be under way when the file is closed. */
async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield copyOf(bytes.subarray(at, at + PIECE))
}

async function sendRows(call: HttpCall, file: ArrowFile, name: StreamName): Promise<void> {
  call.response.writeHead(200, { 'content-type': 'application/json' })
  await sendPieces(call, jsonOf(file, name))
}

async function* jsonOf(file: ArrowFile, name: StreamName): AsyncGenerator<string> {
  let piece = '{"rows":['
  let isFirst = true
  for (const row of file.rows(STREAMS[name])) {
    piece += `${isFirst ? '' : ','}${JSON.stringify(row)}`
    isFirst = false
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
  }
  yield `${piece}]}\n`
}
