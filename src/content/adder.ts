/** Files and folders of the local disk → a DAG. */
import {
  closeSync,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readlinkSync,
  readSync,
  type BigIntStats
} from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { bufferOf, utf8 } from '../core/bytes.js'
import { KitError, toKitError } from '../core/errors.js'
import { printable } from '../core/printable.js'
import type { Kind } from '../formats/block-kind.js'
import { Kind as K } from '../formats/block-kind.js'
import { writeDirectory } from './directory-writer.js'
import { EntryList } from './entry-list.js'
import { writeSmallFile, writeStream } from './file-writer.js'
import { NodeWriter, type Added } from './node-writer.js'
import { fileSource, streamSource } from './read-ahead.js'
import type { Metadata } from '../formats/unixfs.js'

/** One thing that was added. `name` is its path from the given PATH's own name on, as bytes. */
export interface AddedEntry extends Added {
  readonly name: Uint8Array
}

export interface AddOptions {
  /** Take dotfiles inside folders too. */
  readonly hidden: boolean
  readonly preserveMode: boolean
  readonly preserveMtime: boolean
  readonly signal: AbortSignal
  /** Called for every entry, children before their folder. */
  readonly onEntry: (entry: AddedEntry) => void
  /** Called with bytes read since the last call. */
  readonly onBytes: (count: number) => void
}

export interface AddCounts {
  files: number
  directories: number
  symlinks: number
  skippedHidden: number
}

/** Let signals and progress through after this many small files. */
const TURN_EVERY = 64

const SLASH = 0x2f
const DOT = 0x2e

type FileType = 'file' | 'directory' | 'symlink'

export class Adder {
  readonly counts: AddCounts = { files: 0, directories: 0, symlinks: 0, skippedHidden: 0 }
  readonly #writer: NodeWriter
  readonly #options: AddOptions
  readonly #small: Buffer
  #untilTurn = TURN_EVERY

  constructor(writer: NodeWriter, options: AddOptions) {
    this.#writer = writer
    this.#options = options
    // One byte more than a chunk: a read that fills it was not the whole file.
    this.#small = Buffer.allocUnsafeSlow(writer.profile.chunkSize + 1)
  }

  /** Add a file, folder or symlink under the name given. @throws UNSUPPORTED for a device or socket. */
  async addPath(path: Uint8Array, name: Uint8Array): Promise<Added> {
    const stat = naming(path, () => lstatSync(bufferOf(path)))
    if (stat.isDirectory()) return await this.#directory(path, name)
    if (stat.isSymbolicLink()) return this.#symlink(path, name)
    if (stat.isFile()) return await this.#file(path, name)
    throw special(path)
  }

  /** Add the bytes of a stream as a file. */
  async addStream(stream: AsyncIterable<Uint8Array>, name: Uint8Array): Promise<Added> {
    const added = await writeStream(this.#writer, streamSource(stream), {}, this.#options)
    return this.#done(added, name, 'files')
  }

  /** A folder over things added before, for `--wrap`. */
  wrap(parts: readonly { readonly name: Uint8Array; readonly added: Added }[]): Added {
    const entries = new EntryList()
    for (const { name, added } of parts)
      entries.setLink(entries.addName(name), added.cid.bytes, added.tsize)
    return this.#done(writeDirectory(this.#writer, entries, {}), utf8(''), 'directories')
  }

  #done(added: Added, name: Uint8Array, as: 'files' | 'directories' | 'symlinks'): Added {
    this.counts[as]++
    this.#options.onEntry({ ...added, name })
    return added
  }

  async #directory(path: Uint8Array, name: Uint8Array): Promise<Added> {
    const { entries, types } = this.#list(path)
    for (const i of entries.byName()) {
      const own = entries.name(i)
      const added = await this.#child(types[i]!, join(path, own), join(name, own))
      entries.setLink(i, added.cid.bytes, added.tsize)
    }
    const metadata = this.#wantsMetadata
      ? this.#metadata(naming(path, () => lstatSync(bufferOf(path), { bigint: true })))
      : {}
    return this.#done(writeDirectory(this.#writer, entries, metadata), name, 'directories')
  }

  #child(type: FileType, path: Uint8Array, name: Uint8Array): Added | Promise<Added> {
    if (type === 'directory') return this.#directory(path, name)
    if (type === 'symlink') return this.#symlink(path, name)
    return this.#file(path, name)
  }

  /** Names and types of a folder, read as a stream: a million entries make no million objects. */
  #list(path: Uint8Array): { entries: EntryList; types: FileType[] } {
    const entries = new EntryList()
    const types: FileType[] = []
    const dir = naming(path, () =>
      opendirSync(bufferOf(path), { encoding: 'buffer' as BufferEncoding, bufferSize: 512 })
    )
    try {
      for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) {
        const own = entry.name as unknown as Buffer
        if (own[0] === DOT && !this.#options.hidden) {
          this.counts.skippedHidden++
          continue
        }
        if (entry.isFile()) types.push('file')
        else if (entry.isDirectory()) types.push('directory')
        else if (entry.isSymbolicLink()) types.push('symlink')
        else throw special(join(path, own))
        entries.addName(own)
      }
    } finally {
      dir.closeSync()
    }
    return { entries, types }
  }

  #symlink(path: Uint8Array, name: Uint8Array): Added {
    const target = naming(path, () => readlinkSync(bufferOf(path), { encoding: 'buffer' }))
    const metadata = this.#wantsMetadata
      ? { mtime: this.#metadata(lstatSync(bufferOf(path), { bigint: true })).mtime }
      : {}
    return this.#done(this.#writer.symlink(target, metadata), name, 'symlinks')
  }

  async #file(path: Uint8Array, name: Uint8Array): Promise<Added> {
    if (--this.#untilTurn <= 0) await this.#letOthersRun()
    const fd = naming(path, () => openSync(bufferOf(path), 'r'))
    try {
      const metadata = this.#wantsMetadata ? this.#metadata(fstatSync(fd, { bigint: true })) : {}
      const length = naming(path, () => readUpTo(fd, this.#small))
      if (length < this.#small.length) {
        this.#options.onBytes(length)
        const added = writeSmallFile(this.#writer, this.#small.subarray(0, length), metadata)
        return this.#done(added, name, 'files')
      }
      const added = await writeStream(this.#writer, fileSource(fd), metadata, this.#options)
      return this.#done(added, name, 'files')
    } finally {
      closeSync(fd)
    }
  }

  async #letOthersRun(): Promise<void> {
    this.#untilTurn = TURN_EVERY
    await turn()
    if (this.#options.signal.aborted) throw new KitError('ABORTED', 'interrupted')
  }

  get #wantsMetadata(): boolean {
    return this.#options.preserveMode || this.#options.preserveMtime
  }

  #metadata(stat: BigIntStats): Metadata {
    const { preserveMode, preserveMtime } = this.#options
    return {
      // A mode of zero is left out, as Kubo does.
      mode: preserveMode ? Number(stat.mode & 0o7777n) || undefined : undefined,
      mtime: preserveMtime
        ? {
            sec: Number(floorDiv(stat.mtimeNs, 1_000_000_000n)),
            nsec: Number(((stat.mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)
          }
        : undefined
    }
  }
}

const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b

const join = (folder: Uint8Array, name: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(folder.length + 1 + name.length)
  joined.set(folder)
  joined[folder.length] = SLASH
  joined.set(name, folder.length + 1)
  return joined
}

const special = (path: Uint8Array): KitError =>
  new KitError(
    'UNSUPPORTED',
    `${printable(path)} is a device, socket or pipe, which no DAG can hold; leave it out`
  )

/** Run a system call so that its failure names the path. */
function naming<T>(path: Uint8Array, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw toKitError(error, printable(path))
  }
}

/** Fill `target` from the start of a file, as far as the file goes. */
function readUpTo(fd: number, target: Uint8Array): number {
  let n = 0
  while (n < target.length) {
    const got = readSync(fd, target, n, target.length - n, n)
    if (got === 0) break
    n += got
  }
  return n
}

/** The word people see for a kind. */
export function typeName(kind: Kind): 'file' | 'directory' | 'symlink' {
  if (kind === K.DIRECTORY || kind === K.HAMT) return 'directory'
  return kind === K.SYMLINK ? 'symlink' : 'file'
}
