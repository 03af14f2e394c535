/**
 * Reads an Arrow IPC file of ours, mapped: its metadata, and rows as far as somebody wants them. Other
 * programs read it with the libraries of Arrow, which this program loads only where they are asked for.
 */
import { KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { mapFile, type MappedFile } from '../core/native.js'
import { FILE_MAGIC, type ArrowMetadata } from './arrow-messages.js'
import { FlatView } from './flat-reader.js'
import { batchRows, wantedOf } from './record-batch.js'
import type { Columns, Row } from './streams.js'

/** Bytes before the schema: what every file begins with, padded. */
const FILE_START = 8
/** Bytes of a message before its metadata. */
const MESSAGE_START = 8
const TAIL = 4 + FILE_MAGIC.length

export class ArrowFile {
  readonly path: string
  readonly metadata: ArrowMetadata
  readonly #map: MappedFile
  readonly #footer: FlatView
  /** Where the schema begins and the last batch and its mark end: what is a stream by itself. */
  readonly stream: { readonly start: number; readonly end: number }

  private constructor(path: string, map: MappedFile) {
    this.path = path
    this.#map = map
    const { bytes } = map
    const end = bytes.length - TAIL
    if (!hasMagic(bytes, 0) || !hasMagic(bytes, bytes.length - FILE_MAGIC.length))
      throw new RangeError('it does not begin and end as an Arrow file')
    const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(end, true)
    if (length <= 0 || length > end) throw new RangeError('its footer is cut short')
    this.stream = { start: FILE_START, end: end - length }
    this.#footer = FlatView.root(bytes.subarray(end - length, end))
    const pairs = this.#footer.table(1)?.tables(2) ?? []
    this.metadata = Object.fromEntries(pairs.map((pair) => [pair.text(0), pair.text(1)]))
  }

  /** Opens a file; undefined where there is none. @throws CORRUPT_FORMAT for one that is torn. */
  static open(path: string): ArrowFile | undefined {
    const map = ifPresent(() => mapFile(path))
    if (map === undefined) return undefined
    try {
      return new ArrowFile(path, map)
    } catch (error) {
      map.close()
      throw torn(path, error)
    }
  }

  /** The bytes, which must not be touched after `close`. */
  get bytes(): Uint8Array {
    return this.#map.bytes
  }

  /**
   * Yields rows in their order. @throws CORRUPT_FORMAT.
   * @param columns all columns of the stream.
   * @param names those that rows are to have.
   */
  *rows(columns: Columns, names?: readonly string[]): Generator<Row> {
    const wanted = wantedOf(columns, names)
    try {
      for (const block of this.#footer.structs(3, 24)) {
        const { message, body } = this.#batchAt(block)
        yield* batchRows(message, body, columns, wanted)
      }
    } catch (error) {
      throw torn(this.path, error)
    }
  }

  #batchAt(block: DataView): { readonly message: FlatView; readonly body: Uint8Array } {
    const at = Number(block.getBigInt64(0, true))
    const head = block.getInt32(8, true)
    const length = Number(block.getBigInt64(16, true))
    const body = this.bytes.subarray(at + head, at + head + length)
    if (at < 0 || head < 0 || body.length !== length)
      throw new RangeError(`a batch at ${at} is cut short`)
    return { message: FlatView.root(this.bytes.subarray(at + MESSAGE_START, at + head)), body }
  }

  close(): void {
    this.#map.close()
  }
}

const hasMagic = (bytes: Uint8Array, at: number): boolean =>
  at >= 0 && Buffer.from(bytes.subarray(at, at + FILE_MAGIC.length)).toString() === FILE_MAGIC

function torn(path: string, error: unknown): KitError {
  if (!(error instanceof RangeError)) throw error
  return new KitError(
    'CORRUPT_FORMAT',
    `${path} is no whole Arrow file: ${error.message}; it is written anew when something changes, or when the engine starts`,
    { cause: error }
  )
}
