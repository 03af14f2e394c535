/** Bodies that are read at any place, such as archives: they wait in a file without a name. */
import { closeSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openOwn, writeFully } from '../core/fs-durable.js'
import { KitError } from '../core/errors.js'
import type { HttpCall } from './http-call.js'

/**
 * Returns the descriptor of a file with the body, which the caller closes.
 * @param folder that has room for it.
 * @throws ABORTED for a body that is cut off, NO_SPACE.
 */
export async function spooled(folder: string, { request }: HttpCall): Promise<number> {
  const path = join(folder, `body-${process.pid}-${performance.now()}`)
  const fd = openOwn(path, 'keep')
  rmSync(path)
  try {
    for await (const piece of request as AsyncIterable<Buffer>) writeFully(fd, piece)
    if (!request.complete) throw new KitError('ABORTED', 'the body was cut off')
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}
