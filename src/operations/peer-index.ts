/** The published index of another node: over HTTP, or as content by its CID or name. */
import { closeSync, openSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { sequentialFile } from '../content/sequential-source.js'
import { writeStream } from '../content/file-writer.js'
import { HashOnlySink } from '../content/hash-only-sink.js'
import { NodeWriter } from '../content/node-writer.js'
import { PROFILES } from '../content/profile.js'
import { readToken } from '../config/listen.js'
import { Cid, DAG_CBOR } from '../core/cid.js'
import { ERROR_CODES, KitError, toKitError, type ErrorCode } from '../core/errors.js'
import { openOwn, writeFully } from '../core/fs-durable.js'
import { answerTo } from '../core/http-answer.js'
import { SHA2_256, sha256 } from '../core/hash.js'
import { decodePublication, MAX_ROOT, type Publication, type PublishedPartition } from '../metadata/publication.js' // prettier-ignore
import type { ContentView } from './content-view.js'
import { localFile } from './local-file.js'
import type { Run } from './run.js'

/** Where an engine answers other nodes; the same paths are on its socket. */
const INDEX_PATHS = '/api/v0/index/'
export const ROOT_PATH = `${INDEX_PATHS}root`
export const PARTITIONS_PATH = `${INDEX_PATHS}partitions`

export interface PeerIndex {
  readonly cid: Cid
  readonly publication: Publication
  /** Returns a local path with the verified bytes of a partition. @throws INTEGRITY, and what fetching throws. */
  fetch(partition: PublishedPartition, folder: string): Promise<string>
}

/** How long a peer may be silent. */
const SILENT_MS = 30_000

/** Whether a text is the address of an engine, and no CID or name. */
export const isAddress = (peer: string): boolean => /^(https?|unix):/i.test(peer)

/** @param tokenFile with the token of the peer's engine, which no socket asks for. @throws USAGE. */
export async function peerOverHttp(
  peer: string,
  tokenFile: string | undefined,
  run: Run
): Promise<PeerIndex> {
  // prettier-ignore
  const ask = asker(peer, tokenFile, run)
  const pieces: Buffer[] = []
  for await (const piece of limited(await ask(ROOT_PATH), MAX_ROOT, peer, run.signal))
    pieces.push(piece)
  const bytes = Buffer.concat(pieces)
  const cid = Cid.v1(DAG_CBOR, SHA2_256, sha256(bytes))
  return {
    cid,
    publication: decodePublication(cid, bytes),
    fetch: async (partition, folder) => {
      const path = join(folder, `${partition.cid}.parquet`)
      const answer = await ask(`${PARTITIONS_PATH}/${partition.cid}`)
      await receive(path, limited(answer, partition.bytes, peer, run.signal), partition, run)
      return path
    }
  }
}

type Ask = (path: string) => Promise<IncomingMessage>

function asker(peer: string, tokenFile: string | undefined, { signal }: Run): Ask {
  const token = tokenFile === undefined ? undefined : readToken(tokenFile, '--token-file')
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const target = targetOf(peer)
  return async (path) => {
    const options: RequestOptions = { ...target.options, path: `${target.prefix}${path}`, headers, signal, agent: false, timeout: SILENT_MS } // prettier-ignore
    const call = (target.isSecure ? httpsRequest : httpRequest)(options)
    call.on('timeout', () => call.destroy(new KitError('TIMEOUT', `${peer} said nothing for ${SILENT_MS / 1000} s`))) // prettier-ignore
    try {
      const answer = await answerTo(call)
      if (answer.statusCode === 200) return answer
      throw await refusal(peer, answer)
    } catch (error) {
      throw failed(error, `${peer} does not answer`, signal)
    }
  }
}

/** Returns what a connection failed with. @throws the reason of the signal once it is aborted. */
function failed(error: unknown, what: string, signal: AbortSignal): KitError {
  signal.throwIfAborted()
  return error instanceof KitError ? error : new KitError('BACKEND_UNAVAILABLE', `${what}: ${toKitError(error).message}`, { cause: error }) // prettier-ignore
}

function targetOf(peer: string): { options: RequestOptions; prefix: string; isSecure: boolean } {
  const [, socketPath] = /^unix:(\/.*)$/i.exec(peer) ?? []
  if (socketPath !== undefined) return { options: { socketPath }, prefix: '', isSecure: false }
  try {
    const { protocol, hostname, port, pathname, username, password } = new URL(peer)
    const isSecure = protocol === 'https:'
    if ((isSecure || protocol === 'http:') && username === '' && password === '')
      return {
        options: { host: hostname.replace(/^\[|\]$/g, ''), ...(port === '' ? {} : { port }) },
        prefix: pathname.replace(/\/+$/, ''),
        isSecure
      }
  } catch {
    // Told below.
  }
  throw new KitError('USAGE', `"${peer}" is no peer; it is http://HOST:PORT, https://…, unix:/path/to/run/socket, a CID, or /ipns/…`) // prettier-ignore
}

/** Most bytes of a refusal that are read. */
const MAX_REFUSAL = 4096

async function refusal(peer: string, answer: IncomingMessage): Promise<KitError> {
  let text = ''
  for await (const piece of answer as AsyncIterable<Buffer>) {
    text += piece.toString('latin1')
    if (text.length > MAX_REFUSAL) break
  }
  const { error, code } = saidIn(text)
  const isKnown = code !== undefined && Object.hasOwn(ERROR_CODES, code)
  const known = isKnown ? (code as ErrorCode) : answer.statusCode === 401 ? 'CREDENTIALS' : 'BACKEND_UNAVAILABLE' // prettier-ignore
  return new KitError(known, `${peer} refuses (${answer.statusCode}): ${error}`)
}

function saidIn(text: string): { readonly error: string; readonly code?: string } {
  const plain = (words: string): string =>
    words
      .replace(/[^\x20-\x7e]/g, ' ')
      .trim()
      .slice(0, 300)
  try {
    const { error, code } = JSON.parse(text) as { error?: unknown; code?: unknown }
    if (typeof error === 'string') return { error: plain(error), ...(typeof code === 'string' ? { code } : {}) } // prettier-ignore
  } catch {
    // Not JSON.
  }
  return { error: plain(text) }
}

/** Passes on so many bytes at most. @throws INTEGRITY for more, BACKEND_UNAVAILABLE where they break off. */
async function* limited(
  answer: IncomingMessage,
  most: number,
  peer: string,
  signal: AbortSignal
): AsyncGenerator<Buffer> {
  let count = 0
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      count += piece.length
      if (count > most) throw new KitError('INTEGRITY', `${peer} sends more than the ${most} bytes that there should be`) // prettier-ignore
      yield piece
    }
  } catch (error) {
    throw failed(error, `${peer} broke off after ${count} bytes`, signal)
  }
}

/** Writes a partition to a file and hashes it. @throws INTEGRITY where it is another one. */
async function receive(
  path: string,
  pieces: AsyncIterable<Buffer>,
  { cid, bytes }: PublishedPartition,
  { signal, progress }: Run
): Promise<void> {
  await withFile(openOwn(path, 'replace'), async (fd) => {
    for await (const piece of pieces) {
      writeFully(fd, piece)
      progress({ what: 'receiving', bytes: piece.length })
    }
  })
  const writer = new NodeWriter(new HashOnlySink(), PROFILES['unixfs-v1-2025'])
  const found = await withFile(openSync(path, 'r'), (fd) =>
    writeStream(writer, sequentialFile(fd), {}, { signal, onBytes: () => undefined })
  )
  if (!found.cid.equals(cid) || found.size !== bytes)
    throw new KitError('INTEGRITY', `it has other bytes: they are those of ${found.cid}`)
}

async function withFile<T>(fd: number, work: (fd: number) => Promise<T>): Promise<T> {
  try {
    return await work(fd)
  } finally {
    closeSync(fd)
  }
}

/** The index as content. @param cid of the block that links to its partitions. */
export async function peerAsContent(view: ContentView, cid: Cid, run: Run): Promise<PeerIndex> {
  const bytes = await view.whenReady(() => view.content.blocks.get(cid))
  const publication = decodePublication(cid, bytes)
  return {
    cid,
    publication,
    fetch: async (partition, folder) => {
      const { size } = await view.whenReady(() => view.content.stat(partition.cid))
      if (size !== partition.bytes)
        throw new KitError('INTEGRITY', `partition ${partition.cid} has ${size} bytes where its index says ${partition.bytes}`) // prettier-ignore
      return await localFile(view, partition.cid, folder, run)
    }
  }
}
