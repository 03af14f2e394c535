/** Adds files and folders: each becomes a DAG, whose root is pinned. */
import { lstatSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { Adder, type AddedEntry, typeName } from '../content/adder.js'
import { isShowable } from '../content/dir-table.js'
import { HashOnlySink } from '../content/hash-only-sink.js'
import { NodeWriter, type Added } from '../content/node-writer.js'
import { profileNamed, withChunker, type Profile } from '../content/profile.js'
import { utf8 } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError, toKitError } from '../core/errors.js'
import { jsonName, printable } from '../core/printable.js'
import { readPins } from '../store/pins.js'
import type { BlockSink } from '../store/ports.js'
import type { StoreReader } from '../store/reader.js'
import type { NodeType } from '../core/node-stat.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import { totalOf } from './size-hint.js'
import type { IndexPatch } from '../metadata/patch.js'
import { entryPatch } from './entry-patch.js'
import { PatchSpool } from './patch-spool.js'
import { newPin, withWriteSession } from './with-write-session.js'

/** A file or folder of this machine, or a stream and the name of its file. */
export type AddSource =
  string | { readonly name: string; readonly stream: AsyncIterable<Uint8Array> }

export interface AddRequest {
  readonly sources: readonly AddSource[]
  /** The profile by which files are cut into blocks: `unixfs-v1-2025` or `unixfs-v0-2015`. */
  readonly profile: string
  /** `size-N`: chunks of N bytes, instead of the profile's. */
  readonly chunker?: string | undefined
  /** Computes the CIDs and stores nothing. */
  readonly onlyHash?: boolean
  /** Whether roots are pinned; gc may remove unpinned ones. */
  readonly pin?: boolean
  /** Whether the metadata index is told of what was added; it is by default. */
  readonly index?: boolean
  /** Puts all sources into one folder. */
  readonly wrap?: boolean
  /** Includes dotfiles inside folders. */
  readonly hidden?: boolean
  readonly preserveMode?: boolean
  readonly preserveMtime?: boolean
  /**
   * Receives every entry, children before their folder. No entry is stored before the operation
   * ends.
   */
  readonly onEntry?: (entry: EntryAdded) => void
}

export interface EntryAdded {
  readonly cid: string
  /**
   * Path that begins with the source's own name. Where it is not UTF-8, it is escaped and
   * `nameBase64` has its bytes.
   */
  readonly name: string
  readonly nameBase64?: string
  readonly type: NodeType
  /** Bytes of a file. */
  readonly size: number
}

export interface RootAdded {
  readonly cid: string
  /** The source as it was given, or `-` for a stream. */
  readonly path: string
  /** Bytes of all files below the root, and how many files, folders and symlinks there are. */
  readonly size: number
  readonly files: number
  readonly directories: number
  readonly symlinks: number
}

export interface AddResult {
  /** One for each source; with `wrap` only the folder. */
  readonly roots: readonly RootAdded[]
  /** Dotfiles that were skipped. */
  readonly skippedHidden: number
  readonly profile: string
}

/**
 * Adds durably: everything is fsynced and pinned when it resolves.
 * @throws PATH_NOT_FOUND, UNSUPPORTED for a device or socket, USAGE for a bad name, NO_SPACE.
 */
export const add: Operation<AddRequest, AddResult> = async (services, request, run) => {
  const named = profileNamed(request.profile)
  const profile = request.chunker === undefined ? named : withChunker(named, request.chunker)
  if (request.onlyHash === true)
    return (await addAll(request, new HashOnlySink(), profile, run)).result
  const spool = new PatchSpool(services.home)
  try {
    return await withWriteSession(services, run, async (session, view) => {
      const tell = (entry: AddedEntry): void => {
        if (request.index !== false) spool.push(patchOf(entry, profile))
      }
      const { result, names } = await addAll(request, session, profile, run, tell)
      if (request.pin === false) {
        const unpinned = result.roots.map(({ cid }) => cid)
        return { result, pins: [], unpinned, index: spool.batches() }
      }
      const named = pinNames(view.reader, result.roots)
      const pins = result.roots.map(({ cid }, i) =>
        newPin(cid, 'recursive', named(cid) ?? names[i]!)
      )
      return { result, pins, index: spool.batches() }
    })
  } finally {
    spool.close()
  }
}

/**
 * Returns a look-up of the names that roots are pinned under already, which adding them again keeps.
 * The pins are read only where a root was in the store before.
 */
function pinNames(
  reader: StoreReader,
  roots: readonly RootAdded[]
): (cid: string) => string | undefined {
  if (!roots.some(({ cid }) => reader.has(Cid.parse(cid).key))) return () => undefined
  const pins = readPins(reader.layout.pins)
  return (cid) => pins.get(cid)?.name || undefined
}

function patchOf({ name, ...entry }: AddedEntry, profile: Profile): IndexPatch {
  return entryPatch({ ...entry, path: printable(name) }, Date.now(), profile)
}

/** A root, with what its sources brought. */
interface Root {
  readonly name: Uint8Array
  readonly added: Added
  readonly summary: RootAdded
}

async function addAll(
  request: AddRequest,
  sink: BlockSink,
  profile: Profile,
  run: Run,
  tell: (entry: AddedEntry) => void = () => undefined
): Promise<{ readonly result: AddResult; readonly names: readonly string[] }> {
  const adding = new Adding(request, sink, profile, run, tell)
  const each: Root[] = []
  for (const source of request.sources) each.push(await adding.addSource(source))
  const roots = request.wrap === true ? [adding.wrap(each)] : each
  const { skippedHidden } = adding
  return {
    result: { roots: roots.map(({ summary }) => summary), skippedHidden, profile: profile.name },
    names: roots.map(({ name }) => printable(name))
  }
}

type Counts = Pick<RootAdded, 'size' | 'files' | 'directories' | 'symlinks'>

/** Adds the sources of one request one after the other, and counts what each of them brings. */
class Adding {
  readonly #adder: Adder
  /** Bytes of all files so far. */
  #size = 0

  constructor(
    request: AddRequest,
    sink: BlockSink,
    profile: Profile,
    run: Run,
    tell: (entry: AddedEntry) => void
  ) {
    const total = totalSize(request.sources)
    this.#adder = new Adder(new NodeWriter(sink, profile), {
      hidden: request.hidden ?? false,
      preserveMode: request.preserveMode ?? false,
      preserveMtime: request.preserveMtime ?? false,
      signal: run.signal,
      onEntry: (entry) => {
        if (typeName(entry.kind) === 'file') this.#size += entry.size
        tell(entry)
        request.onEntry?.(entryAdded(entry))
      },
      onBytes: (bytes) => run.progress({ what: 'adding', bytes, ...totalOf(total) }) // prettier-ignore
    })
  }

  get skippedHidden(): number {
    return this.#adder.counts.skippedHidden
  }

  /** Returns the counts of all sources so far. */
  #counts(): Counts {
    const { files, directories, symlinks } = this.#adder.counts
    return { size: this.#size, files, directories, symlinks }
  }

  async addSource(source: AddSource): Promise<Root> {
    const before = this.#counts()
    const name = utf8(nameOf(source))
    const isPath = typeof source === 'string'
    const added = isPath
      ? await this.#adder.addPath(utf8(resolve(source)), name)
      : await this.#adder.addStream(source.stream, name)
    const { size, files, directories, symlinks } = this.#counts()
    const summary = {
      cid: String(added.cid),
      path: isPath ? source : '-',
      size: size - before.size,
      files: files - before.files,
      directories: directories - before.directories,
      symlinks: symlinks - before.symlinks
    }
    return { name, added, summary }
  }

  /** Puts all roots into one folder. @throws USAGE when two of them have the same name. */
  wrap(roots: readonly Root[]): Root {
    const names = new Set(roots.map(({ name }) => printable(name)))
    if (names.size < roots.length)
      throw new KitError(
        'USAGE',
        'two of the paths have the same last name, so one folder cannot hold both'
      )
    const sum = (key: keyof Counts): number =>
      roots.reduce((total, { summary }) => total + summary[key], 0)
    const added = this.#adder.wrap(roots)
    const summary = {
      cid: String(added.cid),
      path: roots.map(({ summary }) => summary.path).join(' '),
      size: sum('size'),
      files: sum('files'),
      directories: sum('directories') + 1,
      symlinks: sum('symlinks')
    }
    return { name: utf8(''), added, summary }
  }
}

const entryAdded = ({ cid, name, kind, size }: AddedEntry): EntryAdded => ({
  cid: String(cid),
  ...jsonName(name),
  type: typeName(kind),
  size
})

/** Returns the name of a source's root. @throws USAGE for a stream's name that no file can have. */
function nameOf(source: AddSource): string {
  if (typeof source === 'string') return basename(resolve(source))
  const bytes = utf8(source.name)
  if (isShowable(bytes, 0, bytes.length)) return source.name
  throw new KitError('USAGE', `the name of a stream is one file name, not "${source.name}"`)
}

/**
 * Returns the sum of the files named directly; undefined when folders or streams are among them.
 */
function totalSize(sources: readonly AddSource[]): number | undefined {
  let total: number | undefined = 0
  for (const source of sources) {
    if (typeof source !== 'string') {
      total = undefined
      continue
    }
    try {
      const stat = lstatSync(source)
      total = total === undefined || stat.isDirectory() ? undefined : total + stat.size
    } catch (error) {
      throw toKitError(error, `cannot add ${source}`)
    }
  }
  return total
}
