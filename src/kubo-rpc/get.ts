/** `get`: files and folders as archives. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { cat } from '../operations/cat.js'
import { tarOut } from '../operations/tar-out.js'
import { KitError } from '../core/errors.js'
import { sendBytes } from './answers.js'
import { argument, type KuboCall, type KuboCommands } from './call.js'
import { contentPath } from './paths.js'
import { nodeOf } from './node-of.js'

const USUAL_LEVEL = 6

export const getCommands: KuboCommands = {
  get: async (call) => {
    const { http, services, run } = call
    const path = contentPath(argument(call, 0, 'ipfs-path')).replace(/\/+$/, '')
    const level = levelOf(call)
    if (level === undefined)
      return await sendBytes(http, 'application/x-tar', tarOut(services, { path }, run))
    const { cid, type } = await nodeOf(services, path, run)
    const isTar = call.flag('archive', false)
    if (!isTar && type !== 'file') throw new KitError('INVALID_ARGUMENT', 'file is not regular')
    const bytes = isTar
      ? tarOut(services, { path }, run)
      : cat(services, { path: `/ipfs/${cid}` }, run)
    await sendBytes(http, 'application/gzip', zipped(bytes, level))
  }
}

/** Returns how much is compressed; undefined for not at all. @throws INVALID_ARGUMENT. */
function levelOf(call: KuboCall): number | undefined {
  if (!call.flag('compress', false)) return undefined
  const level = call.count('compression-level') ?? USUAL_LEVEL
  if (level >= 1 && level <= 9) return level
  throw new KitError('INVALID_ARGUMENT', 'compression level must be between 1 and 9')
}

async function* zipped(
  bytes: AsyncIterable<Uint8Array>,
  level: number
): AsyncGenerator<Uint8Array, void, undefined> {
  const gzip = createGzip({ level })
  // What fails here makes reading fail, too.
  pipeline(Readable.from(bytes, { objectMode: true, highWaterMark: 1 }), gzip).catch(
    () => undefined
  )
  yield* gzip as AsyncIterable<Uint8Array>
}
