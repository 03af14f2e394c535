/** Adds files and folders of the local disk to a DAG. */
import {
  closeSync,
  fstatSync,
  lstatSync,
  opendirSync,
  readlinkSync,
  readSync,
  type BigIntStats
} from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { bufferOf, EMPTY, utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { withPath } from '../core/path-error.js'
import { printable } from '../core/printable.js'
import type { Kind } from '../formats/block-kind.js'
import { Kind as K } from '../formats/block-kind.js'
import { Beginning, HEAD } from './beginning.js'
import { writeDirectory } from './directory-writer.js'
import { EntryList } from './entry-list.js'
import { writeSmallFile, writeStream } from './file-writer.js'
import { NodeWriter, type Added } from './node-writer.js'
import { sequentialFile, sequentialStream } from './sequential-source.js'
import { openFile, SourceFolder, type Source } from './source-folder.js'
import type { Metadata } from '../formats/unixfs.js'

/** An added file, folder or symlink; `name` is its path, from the last part of PATH on, in bytes. */
export interface AddedEntry extends Added {
  readonly name: Uint8Array
  /** First bytes of a file, good until the caller gives back control. */
  readonly head: Uint8Array
}

export interface AddOptions {
  /** Whether dotfiles inside folders are added too. */
  readonly hidden: boolean
  readonly preserveMode: boolean
  readonly preserveMtime: boolean
  readonly signal: AbortSignal
  /** Called for every entry, children before their folder. */
  readonly onEntry: (entry: AddedEntry) => void
  /** Called with the number of bytes read since the last call. */
  readonly onBytes: (count: number) => void
}

export interface AddCounts {
  files: number
  directories: number
  symlinks: number
  skippedHidden: number
}

/** Files added before the event loop gets a turn, for signals and progress. */
const FILES_PER_TURN = 64

const SLASH = 0x2f
const DOT = 0x2e
/** Bytes of Linux' PATH_MAX without its NUL. Each folder on the way to a deeper one is open. */
const MAX_PATH = 4095

type FileType = 'file' | 'directory' | 'symlink'

/** The entries of a folder. */
interface Listed {
  readonly entries: EntryList
  readonly types: FileType[]
  /** What each entry was, in a folder where that can change. */
  readonly identities: Source['listed'][]
}

/** One run of `add`. */
export class Adder {
  readonly counts: AddCounts = { files: 0, directories: 0, symlinks: 0, skippedHidden: 0 }
  readonly #writer: NodeWriter
  readonly #options: AddOptions
  readonly #small: Buffer
  #untilTurn = FILES_PER_TURN

  constructor(writer: NodeWriter, options: AddOptions) {
    this.#writer = writer
    this.#options = options
    // One byte more than a chunk, so that a read that leaves room has got the whole file.
    this.#small = Buffer.allocUnsafeSlow(writer.profile.chunkSize + 1)
  }

  /** Adds a file, folder or symlink under a name. @throws UNSUPPORTED for a device or socket. */
  async addPath(path: Uint8Array, name: Uint8Array): Promise<Added> {
    const stat = withPath(path, () => lstatSync(bufferOf(path)))
    const source = { at: bufferOf(path), path, listed: stat }
    if (stat.isDirectory()) return await this.#directory(source, name)
    if (stat.isSymbolicLink()) return this.#symlink(source, name)
    if (stat.isFile()) return await this.#file(source, name)
    throw unsupportedType(path)
  }

  /** Adds the bytes of a stream as a file. */
  async addStream(stream: AsyncIterable<Uint8Array>, name: Uint8Array): Promise<Added> {
    const source = new Beginning(stream)
    const added = await writeStream(this.#writer, sequentialStream(source), {}, this.#options)
    return this.#countEntry(added, name, 'files', source.head)
  }

  /** Adds a folder over entries added before, for `--wrap`. */
  wrap(parts: readonly { readonly name: Uint8Array; readonly added: Added }[]): Added {
    const entries = new EntryList()
    for (const { name, added } of parts)
      entries.setLink(entries.addName(name), added.cid.bytes, added.tsize)
    return this.#countEntry(writeDirectory(this.#writer, entries, {}), utf8(''), 'directories')
  }

  #countEntry(
    added: Added,
    name: Uint8Array,
    as: 'files' | 'directories' | 'symlinks',
    head: Uint8Array = EMPTY
  ): Added {
    this.counts[as]++
    this.#options.onEntry({ ...added, name, head })
    return added
  }

  /** Adds the entries of a folder in the order of their names, then the folder itself. */
  async #directory(source: Source, name: Uint8Array): Promise<Added> {
    if (source.path.length > MAX_PATH)
      throw new KitError(
        'NAME_TOO_LONG',
        `${printable(source.path)} is over ${MAX_PATH} bytes long`
      )
    const folder = new SourceFolder(source)
    try {
      const { entries, types, identities } = this.#list(folder)
      for (const i of entries.byName()) {
        const own = entries.name(i)
        const child = folder.entry(own, identities[i])
        const added = await this.#child(types[i]!, child, join(name, own))
        entries.setLink(i, added.cid.bytes, added.tsize)
      }
      const metadata = this.#wantsMetadata ? this.#metadata(folder.stat()) : {}
      return this.#countEntry(writeDirectory(this.#writer, entries, metadata), name, 'directories')
    } finally {
      folder.close()
    }
  }

  #child(type: FileType, source: Source, name: Uint8Array): Added | Promise<Added> {
    if (type === 'directory') return this.#directory(source, name)
    if (type === 'symlink') return this.#symlink(source, name)
    return this.#file(source, name)
  }

  /** Lists a folder as a stream into flat memory, so that a million entries need no objects. */
  #list(folder: SourceFolder): Listed {
    const { path, at } = folder
    const entries = new EntryList()
    const types: FileType[] = []
    const identities: Listed['identities'] = []
    const dir = withPath(path, () =>
      opendirSync(at, { encoding: 'buffer' as BufferEncoding, bufferSize: 512 })
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
        else throw unsupportedType(join(path, own))
        entries.addName(own)
        const identity = folder.identityOf(own)
        if (identity !== undefined) identities[types.length - 1] = identity
      }
    } finally {
      dir.closeSync()
    }
    return { entries, types, identities }
  }

  #symlink({ at, path }: Source, name: Uint8Array): Added {
    const target = withPath(path, () => readlinkSync(at, { encoding: 'buffer' }))
    const metadata = this.#wantsMetadata
      ? { mtime: this.#metadata(withPath(path, () => lstatSync(at, { bigint: true }))).mtime }
      : {}
    return this.#countEntry(this.#writer.symlink(target, metadata), name, 'symlinks')
  }

  /** Adds a file: a small one from a shared buffer in one read, a larger one as a stream. */
  async #file(source: Source, name: Uint8Array): Promise<Added> {
    if (--this.#untilTurn <= 0) await this.#letOthersRun()
    const { path } = source
    const fd = openFile(source)
    try {
      const metadata = this.#wantsMetadata ? this.#metadata(fstatSync(fd, { bigint: true })) : {}
      const length = withPath(path, () => readUpTo(fd, this.#small))
      const head = Uint8Array.from(this.#small.subarray(0, Math.min(length, HEAD)))
      if (length < this.#small.length) {
        this.#options.onBytes(length)
        const added = writeSmallFile(this.#writer, this.#small.subarray(0, length), metadata)
        return this.#countEntry(added, name, 'files', head)
      }
      const added = await writeStream(this.#writer, sequentialFile(fd), metadata, this.#options)
      return this.#countEntry(added, name, 'files', head)
    } finally {
      closeSync(fd)
    }
  }

  async #letOthersRun(): Promise<void> {
    this.#untilTurn = FILES_PER_TURN
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

const unsupportedType = (path: Uint8Array): KitError =>
  new KitError(
    'UNSUPPORTED',
    `${printable(path)} is a device, socket or pipe, which no DAG can hold; leave it out`
  )

/** Reads into `target` from the start of a file. @returns bytes read, fewer at the file's end. */
function readUpTo(fd: number, target: Uint8Array): number {
  let n = 0
  while (n < target.length) {
    const got = readSync(fd, target, n, target.length - n, n)
    if (got === 0) break
    n += got
  }
  return n
}

/** Returns the word for a kind in output. */
export function typeName(kind: Kind): 'file' | 'directory' | 'symlink' {
  if (kind === K.DIRECTORY || kind === K.HAMT) return 'directory'
  return kind === K.SYMLINK ? 'symlink' : 'file'
}
