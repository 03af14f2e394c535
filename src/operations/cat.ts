/** Reads a file as a stream, at the pace of its consumer. */
import { setImmediate as turn } from 'node:timers/promises'
import { pathText } from '../content/cid-path.js'
import { KitError } from '../core/errors.js'
import { noteRead } from '../metadata/read-notes.js'
import { throwIfAborted, type Run } from './run.js'
import type { Services } from './services.js'
import { target } from './target.js'

const MAX_PIECE = 1 << 20
/** Bytes after which signals and other work get their turn. */
const TURN_BYTES = 4 << 20

export interface CatRequest {
  /** CIDPATH. */
  readonly path: string
  /** Offset of the first byte. */
  readonly offset?: number
  /** Most bytes to read. */
  readonly length?: number
}

/**
 * Yields the bytes of a file in pieces of up to 1 MiB; each belongs to the caller. Missing content
 * is fetched.
 * @throws IS_A_DIRECTORY, and what finding and reading it throws.
 */
export async function* cat(
  services: Services,
  { path, offset = 0, length = Number.MAX_SAFE_INTEGER }: CatRequest,
  run: Run
): AsyncGenerator<Uint8Array, void, undefined> {
  const view = await services.openContent(true, run)
  try {
    const { cid, path: found } = await target(view, services, path)
    if (view.content.stat(cid).type === 'directory')
      throw new KitError(
        'IS_A_DIRECTORY',
        `${pathText(found)} is a folder; list it with \`ipfs-kit ls\``
      )
    noteRead(services.home, String(cid), Date.now())
    let left = length
    for (let position = offset; left > 0;) {
      throwIfAborted(run)
      // A new buffer each time, because the consumer may keep the last piece.
      const buffer = Buffer.allocUnsafe(Math.min(MAX_PIECE, left))
      const count = await view.whenReady(() => view.content.read(cid, position, buffer, 0, buffer.length)) // prettier-ignore
      if (count === 0) return
      yield buffer.subarray(0, count)
      if ((position & (TURN_BYTES - 1)) < MAX_PIECE) await turn()
      position += count
      left -= count
    }
  } finally {
    await view.close()
  }
}
