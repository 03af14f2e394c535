/** Sends bytes of files: read ahead by the pool of threads, at the pace of the client, in bounded memory. */
import { open, type FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { onAbort } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import type { ByteRange } from './byte-range.js'
import { sendPieces, type HttpCall } from './http-call.js'

/** Pieces of memory in use for one answer: one is read while another is sent. */
const PIECES = 3
/** Bytes of a piece while no more answers than these are being sent: hundreds at a time take no more memory than a few. */
const SIZES: readonly (readonly [number, number])[] = [
  [8, 1 << 20],
  [32, 256 << 10],
  [Number.POSITIVE_INFINITY, 64 << 10]
]

let sending = 0

async function sharing(send: (pieceSize: number) => Promise<void>): Promise<void> {
  sending++
  try {
    await send(SIZES.find(([most]) => sending <= most)![1])
  } finally {
    sending--
  }
}

/** Sends what comes in pieces of a size. @throws ABORTED where the client goes away, and what they throw. */
export const sendInPieces = (
  call: HttpCall,
  pieces: (size: number) => AsyncIterable<Uint8Array>
): Promise<void> => sharing((size) => sendPieces(call, pieces(size)))

/** Sends a part of a local file. @throws IO where it is shorter, ABORTED where the client goes away. */
export const sendFile = (call: HttpCall, path: string, range: ByteRange): Promise<void> =>
  sharing(async (size) => {
    const file = await open(path, 'r')
    try {
      await sendFromFile(call, file, range, size)
    } finally {
      await file.close()
    }
  })

async function sendFromFile(
  { response, signal }: HttpCall,
  file: FileHandle,
  range: ByteRange,
  pieceSize: number
): Promise<void> {
  const gone = goneOf(signal)
  const sent = sendRead(response, file, range, pieceSize)
  try {
    await Promise.race([gone.promise, sent])
  } finally {
    gone.release()
    // It fails, too, where the client has gone, and nobody waits for it then.
    sent.catch(() => undefined)
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

async function sendRead(
  response: ServerResponse,
  file: FileHandle,
  { start, end }: ByteRange,
  pieceSize: number
): Promise<void> {
  const size = Math.min(pieceSize, end - start)
  const free = Array.from({ length: PIECES }, () => Buffer.allocUnsafe(size))
  const sending = new Set<Promise<void>>()
  let into = free.pop()!
  let next = read(file, into, start, end)
  for (let at = start; at < end;) {
    const bytes = await next
    if (response.destroyed) throw new KitError('ABORTED', 'the client went away')
    at += bytes.length
    const isLast = at === end
    const taken = into
    const one = write(response, bytes, isLast).then(() => {
      free.push(taken)
      sending.delete(one)
    })
    // A failure is noticed when it is waited for.
    one.catch(() => undefined)
    sending.add(one)
    if (isLast) break
    // A piece of memory is used again only when the socket has taken its bytes.
    while (free.length === 0) await Promise.race(sending)
    into = free.pop()!
    next = read(file, into, at, end)
    next.catch(() => undefined)
  }
  await Promise.all(sending)
}

async function read(file: FileHandle, into: Buffer, at: number, end: number): Promise<Buffer> {
  const length = Math.min(into.length, end - at)
  const { bytesRead } = await file.read(into, 0, length, at)
  if (bytesRead > 0) return bytesRead === into.length ? into : into.subarray(0, bytesRead)
  throw new KitError(
    'IO',
    'a file of the store ends before its size says so; `ipfs-kit fsck` tells more'
  )
}

const write = (response: ServerResponse, bytes: Buffer, isLast: boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => {
      if (error === undefined || error === null) resolve()
      else reject(new KitError('ABORTED', 'the client went away', { cause: error }))
    }
    if (isLast) response.end(bytes, done)
    else response.write(bytes, done)
  })
