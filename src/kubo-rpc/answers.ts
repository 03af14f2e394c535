/**
 * The ways in which Kubo answers: one value, values as they come, or bytes. What fails before the first byte
 * has a status; what fails later ends the connection hard, which every client notices. Kubo's own command
 * line reads a trailer instead, which other clients do not look at.
 */
import { once } from 'node:events'
import { toKitError } from '../core/errors.js'
import type { HttpCall } from '../http/http-call.js'
import { kuboMessage } from './kubo-error.js'

const JSON_TYPE = 'application/json'
const STREAM_ERROR = 'X-Stream-Error'

/** Sends one value. */
export function sendValue({ response }: HttpCall, value: unknown): void {
  response.writeHead(200, { 'content-type': JSON_TYPE })
  response.end(`${JSON.stringify(value)}\n`)
}

/** Sends values, one a line, at the pace of the client. @throws what they throw. */
export async function sendValues(call: HttpCall, values: AsyncIterable<unknown>): Promise<void> {
  // Another type than that of a single value makes Kubo's command line fail.
  const headers = { 'content-type': JSON_TYPE, 'x-chunked-output': '1' }
  await pour(call, headers, lines(values))
}

async function* lines(values: AsyncIterable<unknown>): AsyncGenerator<string, void, undefined> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`
}

/**
 * Sends bytes at the pace of the client.
 * @param length how many there are, for progress, where that is known.
 * @throws what they throw.
 */
export async function sendBytes(
  call: HttpCall,
  type: string,
  bytes: AsyncIterable<Uint8Array>,
  length?: number
): Promise<void> {
  await pour(
    call,
    {
      'content-type': type,
      'x-stream-output': '1',
      // A page must not run what it gets here.
      'x-content-type-options': 'nosniff',
      ...(length === undefined ? {} : { 'x-content-length': length })
    },
    bytes
  )
}

async function pour(
  call: HttpCall,
  headers: Readonly<Record<string, string | number>>,
  pieces: AsyncIterable<Uint8Array | string>
): Promise<void> {
  const { response, request, signal } = call
  const readsTrailer = /\bgo-ipfs-cmds\/http\b/.test(request.headers['user-agent'] ?? '')
  const iterator = pieces[Symbol.asyncIterator]()
  try {
    // What fails here still gets a status.
    let next = await iterator.next()
    response.writeHead(200, { ...headers, ...(readsTrailer ? { trailer: STREAM_ERROR } : {}) })
    for (; next.done !== true; next = await iterator.next())
      if (!response.write(next.value)) await once(response, 'drain', { signal })
    response.end()
  } catch (error) {
    if (!response.headersSent || !readsTrailer || signal.aborted) throw error
    response.addTrailers({ [STREAM_ERROR]: inOneLine(kuboMessage(toKitError(error))) })
    response.end()
  } finally {
    await iterator.return?.()
  }
}

/** A field of a header holds Latin-1 without line ends. */
const inOneLine = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, ' ')
