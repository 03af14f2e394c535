/** The bytes of a file, piece by piece, at the pace of whoever takes them. */
import { setImmediate as turn } from 'node:timers/promises'
import { pathText } from '../content/resolver.js'
import { KitError } from '../core/errors.js'
import { throwIfAborted, type Run } from './run.js'
import type { Services } from './services.js'
import { target } from './target.js'

const BUFFER = 1 << 20
const TURN_EVERY = 4 << 20

export interface CatRequest {
  /** CIDPATH. */
  readonly path: string
  /** The first byte, from 0. */
  readonly offset?: number
  /** Bytes at most. */
  readonly length?: number
}

/**
 * Yields the bytes of a file in pieces of up to 1 MiB, each the caller's own. What is not here is
 * fetched. @throws IS_A_DIRECTORY, and what finding and reading it throws.
 */
export async function* cat(
  services: Services,
  { path, offset = 0, length = Number.MAX_SAFE_INTEGER }: CatRequest,
  run: Run
): AsyncGenerator<Uint8Array, void, undefined> {
  const view = services.openContent(true, run)
  try {
    const { cid, path: found } = await target(view, services.mounts.paths(), path)
    if (view.content.stat(cid).type === 'directory')
      throw new KitError(
        'IS_A_DIRECTORY',
        `${pathText(found)} is a folder; list it with \`ipfs-kit ls\``
      )
    let left = length
    for (let position = offset; left > 0;) {
      throwIfAborted(run)
      // A buffer of its own each time: whoever has the last one may still hold it.
      const buffer = Buffer.allocUnsafe(Math.min(BUFFER, left))
      const n = await view.whenReady(() => view.content.read(cid, position, buffer, 0, buffer.length)) // prettier-ignore
      if (n === 0) return
      yield buffer.subarray(0, n)
      if ((position & (TURN_EVERY - 1)) < BUFFER) await turn()
      position += n
      left -= n
    }
  } finally {
    await view.close()
  }
}
