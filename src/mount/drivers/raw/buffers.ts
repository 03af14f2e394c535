/** The memory of one thread for the request that it is at and its answer. */
import { MAX_READ, OUT_HEADER, REQUEST_BUFFER } from './protocol.js'

export interface Buffers {
  readonly request: Buffer
  readonly reply: Buffer
}

/** Returns buffers that begin their memory, each with room for the largest of its kind. */
export const reserveBuffers = (): Buffers => ({
  request: Buffer.from(new ArrayBuffer(REQUEST_BUFFER)),
  reply: Buffer.from(new ArrayBuffer(OUT_HEADER + MAX_READ + 4096))
})
