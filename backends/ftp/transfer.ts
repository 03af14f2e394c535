/**
 * A transfer: bytes on a connection of their own, and the answer on the control connection that says
 * how it went. Both count: a connection that ends early looks like the end of a file.
 */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pipeline } from 'node:stream/promises'
import { TLSSocket } from 'node:tls'
import { FTPError, type Client, type FTPResponse } from 'basic-ftp'
import { KitError } from '../../src/core/errors.js'
import type { FileContent } from '../facets/named-files.js'

/** The time for an answer after the connection of the bytes has ended. */
const ANSWER_MS = 2000
/** The longest listing, in bytes. */
const MAX_LISTING = 64 << 20

/** Those whose last answer has not come yet: it would pass for the answer to the next question. */
const running = new WeakSet<Client>()

export const isTransferring = (client: Client): boolean => running.has(client)

export interface Transfer {
  readonly data: Socket
  /** The handshake of TLS is done, where there is TLS. */
  readonly secure: Promise<unknown>
  /** The server has taken the command. */
  readonly begun: Promise<void>
  /** The server says that all went well; it rejects with what it says else. */
  readonly ended: Promise<FTPResponse>
}

/** @param position of a file, in bytes, where it begins. */
export async function beginTransfer(
  client: Client,
  command: string,
  position = 0
): Promise<Transfer> {
  const { ftp } = client
  await client.prepareTransfer(ftp)
  const data = ftp.dataSocket
  if (data === undefined || client.closed) {
    data?.destroy()
    throw new Error('the connection was closed')
  }
  // The client would close everything at an error here, before the server has said its reason.
  data.removeAllListeners('error').removeAllListeners('close')
  data.on('error', () => undefined)
  // It also takes away all listeners when it closes, and nobody would hear that the bytes end.
  data.removeAllListeners = () => data
  const secure = data instanceof TLSSocket ? once(data, 'secureConnect') : Promise.resolve()
  secure.catch(() => undefined)
  let begin: () => void = () => undefined
  const begun = new Promise<void>((resolve) => (begin = resolve))
  running.add(client)
  const first = position > 0 ? `REST ${position}` : command
  let hasBegun = false
  let isAsked = false
  const ended = ftp.handle(first, (answer, task) => {
    if (isAsked && (!(answer instanceof Error) || answer instanceof FTPError)) {
      if (answer.code === 200) task.resolve(answer)
    } else if (answer instanceof Error) task.reject(answer)
    else if (answer.code === 350) ftp.send(command)
    else if (answer.code >= 200) task.resolve(answer)
    else if (hasBegun && data.destroyed) {
      // pure-ftpd ends a transfer that was cut off with another 150. The answer to this is the last one for sure.
      isAsked = true
      ftp.send('NOOP')
    } else {
      hasBegun = true
      ftp.socket.setTimeout(0)
      begin()
    }
  }) as Promise<FTPResponse>
  ended.finally(() => running.delete(client)).catch(() => data.destroy())
  return { data, secure, begun, ended }
}

/** The bytes of a transfer. Where they break off, what the server says of it is the reason. */
export async function* dataOf(transfer: Transfer): AsyncGenerator<Buffer> {
  try {
    yield* transfer.data as AsyncIterable<Buffer>
  } catch (error) {
    if (await isAnswered(transfer)) await transfer.ended
    throw error
  }
}

/** Ends a transfer whose rest nobody wants. */
export function cutOff(transfer: Transfer): Transfer {
  transfer.data.destroy()
  return transfer
}

/** Waits for the answer to a transfer whose bytes have ended; false where none comes. */
export async function isAnswered({ ended }: Transfer): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, ANSWER_MS, false)))
  const answered = ended.then(
    () => true,
    () => true
  )
  return await Promise.race([answered, late]).finally(() => clearTimeout(timer))
}

/** Reads a listing. */
export async function readListing(client: Client, command: string): Promise<string> {
  const transfer = await beginTransfer(client, command)
  const parts: Buffer[] = []
  let length = 0
  for await (const part of dataOf(transfer)) {
    length += part.length
    if (length > MAX_LISTING)
      throw new KitError('TOO_LARGE', `a listing is over ${MAX_LISTING} bytes`)
    parts.push(part)
  }
  const { message } = await transfer.ended
  // vsftpd ends the list of a folder that it may not read as if it were empty.
  if (/failed to open/i.test(message)) throw new KitError('ACCESS_DENIED', message)
  return Buffer.concat(parts, length).toString('utf8')
}

/**
 * Sends a file, or what follows in one.
 * @param command STOR or APPE with its path.
 * @returns the bytes that were sent.
 */
export async function upload(
  client: Client,
  command: string,
  content: FileContent,
  signal: AbortSignal
): Promise<number> {
  const transfer = await beginTransfer(client, command)
  const { data, secure, begun, ended } = transfer
  await Promise.race([begun, ended])
  // An empty file would end before the last message of the handshake, which takes another turn.
  await Promise.race([secure, ended])
  await nextTurn()
  let sent = 0
  let broken: unknown
  const counted = async function* (): AsyncIterable<Uint8Array> {
    try {
      for await (const piece of content()) {
        sent += piece.length
        yield piece
      }
    } catch (error) {
      broken = error
      throw error
    }
  }
  try {
    const sending = pipeline(counted, data, { signal })
    // A pipeline can wait for ever on a connection that was closed while the content took its time.
    await Promise.race([sending, ended.then(() => sending)])
  } catch (error) {
    // The server's reason, such as a full disk, says more than that the connection broke.
    const answered = await isAnswered(transfer)
    if (broken !== undefined) throw broken
    if (answered) await ended
    throw error
  }
  await ended
  return sent
}
