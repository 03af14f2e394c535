/** Reads an Arrow IPC stream of ours, as an engine sends it. */
import { KitError } from '../core/errors.js'
import { FlatView } from './flat-reader.js'
import { batchRows, wantedOf } from './record-batch.js'
import type { Columns, Row } from './streams.js'

/** Bytes before the metadata of a message: a mark, and their length. */
const HEAD = 8
const BODY_LENGTH = 3

/**
 * Yields rows in their order. @throws CORRUPT_FORMAT.
 * @param columns all columns of the stream.
 * @param names those that rows are to have.
 */
export function* streamRows(
  bytes: Uint8Array,
  columns: Columns,
  names?: readonly string[]
): Generator<Row> {
  const wanted = wantedOf(columns, names)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    let isSchema = true
    for (let at = 0; ; isSchema = false) {
      const length = view.getInt32(at + 4, true)
      // Zero ends a stream; one that ends without it is cut short.
      if (length === 0) return
      const message = FlatView.root(bytes.subarray(at + HEAD, at + HEAD + length))
      const start = at + HEAD + length
      at = start + message.i64(BODY_LENGTH)
      if (length < 0 || at < start || at > bytes.length) throw new RangeError(`at byte ${start}`)
      if (!isSchema) yield* batchRows(message, bytes.subarray(start, at), columns, wanted)
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new KitError('CORRUPT_FORMAT', `the engine's stream is cut short: ${error.message}`, { cause: error }) // prettier-ignore
  }
}
