/** Sends a part of a local file: read ahead by the pool of threads, at the pace of the client. */
import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { onAbort } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import type { ByteRange } from '../http/byte-range.js'
import type { HttpCall } from '../http/http-call.js'

const PIECE = 1 << 20
/** Pieces of memory in use: one is read while another is sent. */
const PIECES = 3

/** @throws IO where the file is shorter, ABORTED where the client goes away. */
export async function sendFile(
  call: HttpCall,
  file: FileHandle,
  { start, end }: ByteRange
): Promise<void> {
  const { response, signal } = call
  const gone = goneOf(signal)
  const sending = sendPieces(response, file, { start, end })
  try {
    await Promise.race([gone.promise, sending])
  } finally {
    gone.release()
    // It fails, too, where the client has gone, and nobody waits for it then.
    sending.catch(() => undefined)
  }
}

/** A response whose client has gone calls back no more. */
function goneOf(signal: AbortSignal): { readonly promise: Promise<never>; release: () => void } {
  let release = (): void => undefined
  const promise = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(signal.reason as Error))
  })
  promise.catch(() => undefined)
  return { promise, release }
}

async function sendPieces(
  response: ServerResponse,
  file: FileHandle,
  { start, end }: ByteRange
): Promise<void> {
  const size = Math.min(PIECE, end - start)
  const free = Array.from({ length: PIECES }, () => Buffer.allocUnsafe(size))
  const sending: Promise<void>[] = []
  let into = free.pop()!
  let next = read(file, into, start, end)
  for (let at = start; at < end;) {
    const bytes = await next
    if (response.destroyed) throw new KitError('ABORTED', 'the client went away')
    at += bytes.length
    const isLast = at === end
    const taken = into
    const one = sent(response, bytes, isLast).then(() => void free.push(taken))
    // A failure is noticed when it is its turn.
    one.catch(() => undefined)
    sending.push(one)
    if (isLast) break
    // A piece of memory is used again only when the socket has taken its bytes.
    while (free.length === 0) await sending.shift()
    into = free.pop()!
    next = read(file, into, at, end)
    next.catch(() => undefined)
  }
  await Promise.all(sending)
}

async function read(file: FileHandle, into: Buffer, at: number, end: number): Promise<Buffer> {
  const length = Math.min(PIECE, end - at)
  const { bytesRead } = await file.read(into, 0, length, at)
  if (bytesRead > 0) return bytesRead === into.length ? into : into.subarray(0, bytesRead)
  throw new KitError(
    'IO',
    'a file of the store ends before its size says so; `ipfs-kit fsck` tells more'
  )
}

const sent = (response: ServerResponse, bytes: Buffer, isLast: boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => {
      if (error === undefined || error === null) resolve()
      else reject(new KitError('ABORTED', 'the client went away', { cause: error }))
    }
    if (isLast) response.end(bytes, done)
    else response.write(bytes, done)
  })
