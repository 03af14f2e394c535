/** The bytes of a file, as whoever sends them needs them: in a local file, or in pieces. */
import { RAW, type Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import type { ContentView } from './content-view.js'

/** Bytes from `start` to before `end`. */
interface Part {
  readonly start: number
  readonly end: number
}

/** Returns the local file that is a file of content as a whole; undefined where there is none. */
export const localFileOf = ({ content }: ContentView, cid: Cid): string | undefined =>
  cid.codec === RAW ? undefined : content.contiguous(cid)?.path

/** Reads a part of a file, fetching it. @throws IO where the file is shorter, and what reading throws. */
export async function bytesOf(view: ContentView, cid: Cid, { start, end }: Part): Promise<Buffer> {
  const length = end - start
  const bytes = Buffer.allocUnsafe(length)
  const count = await view.whenReady(() => view.content.read(cid, start, bytes, 0, length))
  if (count === length) return bytes
  throw new KitError('IO', `${cid} ends after ${start + count} bytes, before its size says so`)
}

/** Yields a part of a file in pieces, each of which belongs to the caller. @throws as `bytesOf` does. */
export async function* piecesOf(
  view: ContentView,
  cid: Cid,
  { start, end }: Part,
  size: number
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = start; at < end; at += size)
    yield await bytesOf(view, cid, { start: at, end: Math.min(at + size, end) })
}
