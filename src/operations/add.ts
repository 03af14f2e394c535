/** Adding files and folders: each becomes a DAG, pinned. */
import { lstatSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { Adder, type AddedEntry, typeName } from '../content/adder.js'
import { isShowable } from '../content/dir-table.js'
import { HashOnlySink } from '../content/hash-only-sink.js'
import { NodeWriter, type Added } from '../content/node-writer.js'
import { profileNamed, withChunker, type Profile } from '../content/profile.js'
import { utf8 } from '../core/bytes.js'
import { KitError, toKitError } from '../core/errors.js'
import { jsonName, printable } from '../core/printable.js'
import type { BlockSink } from '../store/ports.js'
import type { NodeType } from '../core/node-stat.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import { newPin, writing } from './writing.js'

/** A file or folder of this machine, or a stream with the name that its file shall have. */
export type AddSource =
  string | { readonly name: string; readonly stream: AsyncIterable<Uint8Array> }

export interface AddRequest {
  readonly sources: readonly AddSource[]
  /** How files are cut into blocks: `unixfs-v1-2025` or `unixfs-v0-2015`. */
  readonly profile: string
  /** `size-N`: bytes to a chunk, instead of the profile's. */
  readonly chunker?: string | undefined
  /** Computes the CIDs and stores nothing. */
  readonly onlyHash?: boolean
  /** Whether roots are pinned; else gc may take them. */
  readonly pin?: boolean
  /** Puts all sources into one folder. */
  readonly wrap?: boolean
  /** Takes dotfiles inside folders too. */
  readonly hidden?: boolean
  readonly preserveMode?: boolean
  readonly preserveMtime?: boolean
  /** Told of every entry, children before their folder. None is stored before the operation ends. */
  readonly onEntry?: (entry: EntryAdded) => void
}

export interface EntryAdded {
  readonly cid: string
  /** Path from the source's own name on; escaped, and with its bytes beside it, where it is not UTF-8. */
  readonly name: string
  readonly nameBase64?: string
  readonly type: NodeType
  /** Bytes of a file. */
  readonly size: number
}

export interface RootAdded {
  readonly cid: string
  /** The source as it was given. */
  readonly path: string
  /** Bytes of all files below it, and how many of what there are. */
  readonly size: number
  readonly files: number
  readonly directories: number
  readonly symlinks: number
}

export interface AddResult {
  /** One for each source; the folder alone with `wrap`. */
  readonly roots: readonly RootAdded[]
  /** Dotfiles that were left out. */
  readonly skippedHidden: number
  readonly profile: string
}

/**
 * Adds, durably: when it resolves, everything is fsynced and pinned.
 * @throws PATH_NOT_FOUND, UNSUPPORTED for a device or socket, USAGE for a bad name, NO_SPACE.
 */
export const add: Operation<AddRequest, AddResult> = async (services, request, run) => {
  const named = profileNamed(request.profile)
  const profile = request.chunker === undefined ? named : withChunker(named, request.chunker)
  if (request.onlyHash === true)
    return (await addAll(request, new HashOnlySink(), profile, run)).result
  return await writing(services, run, async (session) => {
    const { result, names } = await addAll(request, session, profile, run)
    const pins = result.roots.map(({ cid }, i) => newPin(cid, 'recursive', names[i]!))
    return { result, pins: request.pin === false ? [] : pins }
  })
}

/** One source that was added. */
interface Root {
  readonly name: Uint8Array
  readonly added: Added
  readonly told: RootAdded
}

async function addAll(
  request: AddRequest,
  sink: BlockSink,
  profile: Profile,
  run: Run
): Promise<{ readonly result: AddResult; readonly names: readonly string[] }> {
  const total = totalSize(request.sources)
  let size = 0
  const adder = new Adder(new NodeWriter(sink, profile), {
    hidden: request.hidden ?? false,
    preserveMode: request.preserveMode ?? false,
    preserveMtime: request.preserveMtime ?? false,
    signal: run.signal,
    onEntry: (entry) => {
      if (typeName(entry.kind) === 'file') size += entry.size
      request.onEntry?.(told(entry))
    },
    onBytes: (bytes) => run.progress({ what: 'adding', bytes, ...(total === undefined ? {} : { total }) }) // prettier-ignore
  })
  const before = { size: 0, ...adder.counts }
  const counted = (path: string, name: Uint8Array, added: Added): Root => {
    const { files, directories, symlinks } = adder.counts
    const told = {
      cid: String(added.cid),
      path,
      size: size - before.size,
      files: files - before.files,
      directories: directories - before.directories,
      symlinks: symlinks - before.symlinks
    }
    Object.assign(before, adder.counts, { size })
    return { name, added, told }
  }
  const each: Root[] = []
  for (const source of request.sources) {
    const name = utf8(nameOf(source))
    const added =
      typeof source === 'string'
        ? await adder.addPath(utf8(resolve(source)), name)
        : await adder.addStream(source.stream, name)
    each.push(counted(typeof source === 'string' ? source : '-', name, added))
  }
  const roots = request.wrap === true ? [wrapped(adder, each)] : each
  const { skippedHidden } = adder.counts
  return {
    result: { roots: roots.map(({ told }) => told), skippedHidden, profile: profile.name },
    names: roots.map(({ name }) => printable(name))
  }
}

const told = ({ cid, name, kind, size }: AddedEntry): EntryAdded => ({
  cid: String(cid),
  ...jsonName(name),
  type: typeName(kind),
  size
})

function wrapped(adder: Adder, roots: readonly Root[]): Root {
  const names = new Set(roots.map(({ name }) => printable(name)))
  if (names.size < roots.length)
    throw new KitError(
      'USAGE',
      'two of the paths have the same last name, so one folder cannot hold both'
    )
  const sum = (key: 'size' | 'files' | 'directories' | 'symlinks'): number =>
    roots.reduce((total, { told }) => total + told[key], 0)
  const added = adder.wrap(roots)
  return {
    name: utf8(''),
    added,
    told: {
      cid: String(added.cid),
      path: roots.map(({ told }) => told.path).join(' '),
      size: sum('size'),
      files: sum('files'),
      directories: sum('directories') + 1,
      symlinks: sum('symlinks')
    }
  }
}

function nameOf(source: AddSource): string {
  if (typeof source === 'string') return basename(resolve(source))
  const bytes = utf8(source.name)
  if (isShowable(bytes, 0, bytes.length)) return source.name
  throw new KitError('USAGE', `the name of a stream is one file name, not "${source.name}"`)
}

/** Sum of the files named directly; undefined when folders or streams are among them. */
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
