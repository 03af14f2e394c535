/** A file of content as a local path, for programs that read paths. */
import { closeSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Cid } from '../core/cid.js'
import { openOwn, writeFully } from '../core/fs-durable.js'
import type { ContentView } from './content-view.js'
import { throwIfAborted, type Run } from './run.js'

const PIECE = 1 << 20

/**
 * Returns a local path with exactly the verified bytes of a file. What is missing is fetched. Where
 * the store or the cache keeps the file whole, that is the path; it must only be read. Else the bytes
 * are copied to a file in `folder`, which is named for the CID and belongs to the caller.
 * @throws IS_A_DIRECTORY, and what reading throws.
 */
export async function localFile(
  view: ContentView,
  cid: Cid,
  folder: string,
  run: Run
): Promise<string> {
  const { content } = view
  const { size } = await view.whenReady(() => content.stat(cid))
  const whole = content.contiguous(cid)
  if (whole !== undefined) return whole.path
  const copy = join(folder, `${cid}.bin`)
  if (existsSync(copy)) return copy
  const fd = openOwn(copy, 'replace')
  try {
    await copyTo(fd, view, cid, size, run)
  } finally {
    closeSync(fd)
  }
  // Reading a file from end to end makes the cache keep it whole.
  return content.contiguous(cid)?.path ?? copy
}

async function copyTo(
  fd: number,
  view: ContentView,
  cid: Cid,
  size: number,
  run: Run
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE, Math.max(1, size)))
  for (let position = 0; position < size;) {
    throwIfAborted(run)
    const at = position
    const n = await view.whenReady(() => view.content.read(cid, at, buffer, 0, buffer.length))
    if (n === 0) break
    writeFully(fd, buffer.subarray(0, n))
    run.progress({ what: 'making local', bytes: n, total: size })
    position += n
  }
}
