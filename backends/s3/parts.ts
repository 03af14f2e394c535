/** Cuts content of unknown length into parts that a multipart upload takes. */
import { abortion } from '../../src/core/abort.js'
import type { FileContent } from '../facets/named-files.js'

/** Bytes of the first parts. Servers take at least 5 MiB, and 10,000 parts. */
const PART = 8 << 20
/** After so many parts they are twice as large, so that 10,000 reach the 5 TiB of the largest object. */
const DOUBLED_AFTER = 1000

/** Bytes of a part by its number, from 1 on. */
const sizeOf = (number: number): number => PART * 2 ** Math.floor((number - 1) / DOUBLED_AFTER)

export interface Part {
  readonly number: number
  readonly bytes: Buffer
  /** Whether nothing follows. */
  readonly isLast: boolean
}

/** Gives the parts one after the other, each in memory of its own; at least one, which may be empty. */
export async function* partsOf(content: FileContent, signal: AbortSignal): AsyncIterable<Part> {
  let number = 1
  let bytes = Buffer.allocUnsafeSlow(sizeOf(number))
  let filled = 0
  for await (const piece of unlessAborted(content(), signal))
    for (let at = 0; at < piece.length;) {
      if (filled === bytes.length) {
        yield { number, bytes, isLast: false }
        bytes = Buffer.allocUnsafeSlow(sizeOf(++number))
        filled = 0
      }
      const part = piece.subarray(at, at + bytes.length - filled)
      bytes.set(part, filled)
      filled += part.length
      at += part.length
    }
  yield { number, bytes: bytes.subarray(0, filled), isLast: true }
}

/** Leaves content that stands still when the call is over. */
async function* unlessAborted(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal
): AsyncIterable<Uint8Array> {
  const { aborted, end } = abortion(signal)
  const pieces =
    Symbol.asyncIterator in content ? content[Symbol.asyncIterator]() : content[Symbol.iterator]()
  let isDone = false
  try {
    for (;;) {
      if (signal.aborted) throw signal.reason
      const next = await Promise.race([pieces.next(), aborted])
      isDone = next.done === true
      if (next.done === true) return
      yield next.value
    }
  } finally {
    end()
    if (!isDone) void Promise.resolve(pieces.return?.()).catch(() => undefined)
  }
}
