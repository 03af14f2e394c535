/**
 * Writes files as leaves and nodes. A file of one chunk goes to the pack. A larger one is written
 * to a contiguous file while it is hashed: reads, writes and syncs run in the thread pool, hashing
 * on this thread, and each byte of the source is read once.
 */
import { close, fdatasync, write } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { KitError } from '../core/errors.js'
import { BalancedBuilder } from './balanced.js'
import type { Added, NodeWriter } from './node-writer.js'
import { ReadAhead, type SequentialSource } from './sequential-source.js'
import type { Metadata } from '../formats/unixfs.js'

/** Bytes written between syncs in the background, so that the last sync has little to do. */
const BYTES_PER_SYNC = 64 << 20

const fdWrite = promisify(write)
const fdSync = promisify(fdatasync)
const fdClose = promisify(close)

/** Writes a file of at most one chunk, which is in memory as a whole. */
export function writeSmallFile(writer: NodeWriter, bytes: Uint8Array, metadata: Metadata): Added {
  const plain = metadata.mode === undefined && metadata.mtime === undefined
  return plain ? writer.leaf(bytes) : writer.inlineFile(bytes, metadata)
}

export interface StreamOptions {
  readonly signal: AbortSignal
  readonly onBytes: (count: number) => void
}

/** The contiguous file of an add, written and synced in the background in order. */
class Spool {
  readonly id: number
  readonly #fd: number
  #written = 0
  #unsynced = 0
  #syncing: Promise<void> = Promise.resolve()
  #busy = false
  #failure: unknown
  #closed = false

  constructor(id: number, fd: number) {
    this.id = id
    this.#fd = fd
  }

  async write(bytes: Uint8Array): Promise<void> {
    const position = this.#written
    this.#written += bytes.length
    if (this.#fd < 0) return
    for (let at = 0; at < bytes.length;) {
      const left = bytes.length - at
      const { bytesWritten } = await fdWrite(this.#fd, bytes, at, left, position + at)
      at += bytesWritten
    }
    this.#unsynced += bytes.length
    if (this.#unsynced >= BYTES_PER_SYNC && !this.#busy) this.#startSync()
  }

  #startSync(): void {
    this.#unsynced = 0
    this.#busy = true
    // The kernel reports a failed sync only once, so the error is kept for finish() to throw.
    this.#syncing = fdSync(this.#fd)
      .catch((error: unknown) => void (this.#failure ??= error))
      .finally(() => (this.#busy = false))
  }

  /** Syncs and closes the file. @throws if any sync failed, after which it must be dropped. */
  async finish(): Promise<void> {
    if (this.#fd < 0) return
    await this.#syncing
    if (this.#failure !== undefined) throw this.#failure
    await fdSync(this.#fd)
    await this.#close()
  }

  /** Closes the file after a failure. */
  async abandon(): Promise<void> {
    if (this.#fd < 0 || this.#closed) return
    await this.#syncing
    await this.#close()
  }

  async #close(): Promise<void> {
    this.#closed = true
    await fdClose(this.#fd)
  }
}

/** Writes a file of any size. @throws ABORTED, and the errors of reading and writing. */
export async function writeStream(
  writer: NodeWriter,
  source: SequentialSource,
  metadata: Metadata,
  options: StreamOptions
): Promise<Added> {
  const buffers = new ReadAhead(source, writer.profile.chunkSize)
  const first = await buffers.next()
  if (first.length <= writer.profile.chunkSize && (await buffers.isLast())) {
    options.onBytes(first.length)
    return writeSmallFile(writer, first, metadata)
  }
  const { id, fd } = writer.sink.createWhole()
  const spool = new Spool(id, fd)
  try {
    const builder = new BalancedBuilder(writer)
    await pump(writer, buffers, first, spool, builder, options)
    await spool.finish()
    const root = builder.finish(metadata, id)
    writer.sink.keepWhole(id, root.cid)
    return root
  } catch (error) {
    await spool.abandon()
    writer.sink.dropWhole(id)
    throw error
  }
}

/** Writes each buffer and hashes its leaves while the next one is read. */
async function pump(
  writer: NodeWriter,
  buffers: ReadAhead,
  first: Uint8Array,
  spool: Spool,
  builder: BalancedBuilder,
  options: StreamOptions
): Promise<void> {
  const { chunkSize } = writer.profile
  let offset = 0
  for (let bytes = first; bytes.length > 0; bytes = await buffers.next()) {
    // Without this turn, a stream that always has bytes would keep signals from firing.
    await turn()
    if (options.signal.aborted) throw new KitError('ABORTED', 'interrupted')
    buffers.holdUntil(spool.write(bytes))
    for (let at = 0; at < bytes.length; at += chunkSize) {
      const leaf = bytes.subarray(at, Math.min(at + chunkSize, bytes.length))
      builder.push(writer.leaf(leaf, { id: spool.id, offset: offset + at }))
    }
    offset += bytes.length
    options.onBytes(bytes.length)
  }
  await buffers.drain()
}
