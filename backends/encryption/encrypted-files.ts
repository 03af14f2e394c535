/** Named files whose content is encrypted with age before it leaves; their names are not. */
import { isKitError, KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry, PutOptions } from '../facets/named-files.js'
import type { StoredFiles } from '../files/files-backend.js'
import { readRange } from '../files/read-range.js'
import type { Skipped } from '../skipped.js'
import { HEAD, type AgeKey } from './age-key.js'
import { CHUNK, chunksOf, openChunk, plainSize, SEALED } from './payload.js'
import { sealedContent } from './sealed-content.js'

/** Keys of files that are remembered. */
const MAX_KEYS = 2000

export class EncryptedFiles implements StoredFiles {
  readonly where: string
  readonly archiveFolders?: readonly string[]
  readonly sweep?: NonNullable<StoredFiles['sweep']>
  readonly count?: NonNullable<StoredFiles['count']>
  readonly #files: StoredFiles
  readonly #key: AgeKey
  readonly #skipped: Skipped
  /** Keys of payloads by name; that of a file that was replaced is read again. */
  readonly #keys = new Map<string, Uint8Array>()

  constructor(files: StoredFiles, key: AgeKey, skipped: Skipped) {
    this.where = files.where
    if (files.archiveFolders !== undefined) this.archiveFolders = files.archiveFolders
    if (files.sweep !== undefined) this.sweep = files.sweep.bind(files)
    if (files.count !== undefined) this.count = files.count.bind(files)
    this.#files = files
    this.#key = key
    this.#skipped = skipped
  }

  async *get(name: string, range: ByteRange, options: CallOptions): AsyncIterable<Uint8Array> {
    const wasKnown = this.#keys.has(name)
    let given = 0
    try {
      for await (const piece of this.#decrypted(name, range, options)) {
        given += piece.length
        yield piece
      }
    } catch (error) {
      this.#keys.delete(name)
      // The file may have been replaced since its key was read.
      if (!wasKnown || given > 0 || !isKitError(error, 'INTEGRITY')) throw error
      yield* this.#decrypted(name, range, options)
    }
  }

  /** @throws INTEGRITY where a chunk was changed, moved, or the last ones are missing. */
  async *#decrypted(
    name: string,
    { position, length = Number.POSITIVE_INFINITY }: ByteRange,
    options: CallOptions
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const key = await this.#keyOf(name, options)
    if (length <= 0) return
    const first = Math.floor(position / CHUNK)
    const last = Math.floor((position + length - 1) / CHUNK)
    const place = { position: HEAD + first * SEALED, length: (last - first + 1) * SEALED }
    const part = Number.isFinite(length) ? place : { position: place.position }
    let number = first
    let isOver = false
    for await (const chunk of chunksOf(this.#files.get(name, part, options))) {
      const opened = openedChunk(key, number, chunk)
      if (opened === undefined || isOver)
        throw new KitError('INTEGRITY', `${name} was changed in its encrypted bytes from ${HEAD + number * SEALED} on`) // prettier-ignore
      isOver = opened.isLast
      const start = number++ * CHUNK
      const plain = opened.plain.subarray(
        Math.max(0, position - start),
        Math.min(CHUNK, position + length - start)
      )
      if (plain.length > 0) yield plain
    }
    // A range that begins behind the end has no chunk, and says nothing of the end.
    if (!isOver && number > first && number <= last)
      throw new KitError('INTEGRITY', `${name} is cut short after ${number * CHUNK} bytes`)
  }

  async #keyOf(name: string, options: CallOptions): Promise<Uint8Array> {
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    const head = await readRange(this.#files, name, { position: 0, length: HEAD }, HEAD, options)
    const key = await this.#key.keyOf(name, head)
    this.#keys.set(name, key)
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= MAX_KEYS) break
      this.#keys.delete(oldest)
    }
    return key
  }

  async *list(folder: string, suffix: string, options: CallOptions): AsyncIterable<FileEntry> {
    for await (const entry of this.#files.list(folder, suffix, options)) {
      const shown = this.#plain(entry)
      if (shown !== undefined) yield shown
    }
  }

  async stat(name: string, options: CallOptions): Promise<FileEntry | undefined> {
    const entry = await this.#files.stat(name, options)
    return entry === undefined ? undefined : this.#plain(entry)
  }

  /** A file of an impossible size is none of ours. */
  #plain(entry: FileEntry): FileEntry | undefined {
    try {
      return { ...entry, size: plainSize(entry.size - HEAD) }
    } catch (error) {
      if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
      this.#skipped.tell(`${entry.name} is not encrypted`)
      return undefined
    }
  }

  async put(name: string, content: FileContent, options: PutOptions): Promise<void> {
    this.#keys.delete(name)
    const encrypted = sealedContent(await this.#key.newHead(), content)
    await this.#files.put(name, encrypted, options)
    this.#keys.delete(name)
  }

  async remove(name: string, options: CallOptions): Promise<void> {
    this.#keys.delete(name)
    await this.#files.remove(name, options)
  }

  async describe(options: CallOptions): Promise<string> {
    return `${await this.#files.describe(options)}, encrypted`
  }

  keepIn(folder: string): void {
    this.#files.keepIn?.(folder)
  }

  async close(): Promise<void> {
    this.#keys.clear()
    await this.#files.close?.()
  }
}

function openedChunk(
  key: Uint8Array,
  number: number,
  chunk: Uint8Array
): { readonly plain: Uint8Array; readonly isLast: boolean } | undefined {
  for (const isLast of chunk.length === SEALED ? [false, true] : [true]) {
    const plain = openChunk(key, number, isLast, chunk)
    if (plain !== undefined) return { plain, isLast }
  }
  return undefined
}
