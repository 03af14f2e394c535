/** Adds files and folders that come as a stream of entries, such as another program sends them. */
import { typeName } from '../content/adder.js'
import { Beginning } from '../content/beginning.js'
import { sequentialStream } from '../content/sequential-source.js'
import { writeStream } from '../content/file-writer.js'
import { HashOnlySink } from '../content/hash-only-sink.js'
import { NodeWriter, type Added } from '../content/node-writer.js'
import type { Profile } from '../content/profile.js'
import { checkPath, TreeBuilder, type EntryPath } from '../content/tree-builder.js'
import { bufferOf, EMPTY, utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { printable } from '../core/printable.js'
import type { NodeType } from '../core/node-stat.js'
import type { Metadata } from '../formats/unixfs.js'
import { readPins } from '../store/pins.js'
import type { BlockSink } from '../store/ports.js'
import { entryPatch } from './entry-patch.js'
import type { Operation } from './operation.js'
import { PatchSpool } from './patch-spool.js'
import { throwIfAborted, type Run } from './run.js'
import { newPin, withWriteSession } from './with-write-session.js'

/** An entry of a tree. `path` is empty for a file without a name, which gets its CID as one. */
export type StreamedEntry = {
  readonly path: EntryPath
  readonly metadata: Metadata
} & (
  | { readonly type: 'file'; readonly bytes: AsyncIterable<Uint8Array> }
  | { readonly type: 'symlink'; readonly target: Uint8Array }
  | { readonly type: 'directory' }
)

export interface AddEntriesRequest {
  /** Each is read to its end before the next one is asked for. */
  readonly entries: AsyncIterable<StreamedEntry>
  readonly profile: Profile
  /** Puts all into one folder, with this metadata. */
  readonly wrap?: Metadata | undefined
  /** Computes the CIDs and stores nothing. */
  readonly onlyHash?: boolean
  readonly pin?: boolean
  /** The name of the pins; by default that which a root has already, or none. */
  readonly pinName?: string | undefined
  /** Whether folders are kept in which nothing is; by default they are. */
  readonly emptyFolders?: boolean
  /** Receives the bytes of the file that is read so far. */
  readonly onBytes?: (path: EntryPath, bytes: number) => void
  /** Receives every entry, in its order; folders at the end, those in them first. */
  readonly onEntry?: (entry: EntryWritten) => void
}

export interface EntryWritten {
  readonly path: EntryPath
  readonly cid: string
  readonly type: NodeType
  /** Bytes of all blocks from here down. */
  readonly tsize: number
  /** Whether it is pinned once the operation ends, as a root. */
  readonly isRoot: boolean
}

export interface AddEntriesResult {
  readonly roots: readonly string[]
}

/**
 * Adds durably: everything is fsynced and pinned when it resolves; after an error nothing is left.
 * @throws INVALID_ARGUMENT for names that no file can have, EXISTS for two entries of one name,
 * NO_SPACE, and what the entries throw.
 */
export const addEntries: Operation<AddEntriesRequest, AddEntriesResult> = async (
  services,
  request,
  run
) => {
  if (request.onlyHash === true) return { roots: await addAll(request, new HashOnlySink(), run) }
  const spool = new PatchSpool(services.home)
  try {
    return await withWriteSession(services, run, async (session, view) => {
      const roots = await addAll(request, session, run, spool)
      const known = readPins(view.reader.layout.pins)
      const nameOf = (cid: string): string => request.pinName ?? known.get(cid)?.name ?? ''
      const [pinned, unpinned] = request.pin === false ? [[], roots] : [roots, []]
      const pins = pinned.map((cid) => newPin(cid, 'recursive', nameOf(cid)))
      return { result: { roots }, pins, unpinned, index: spool.batches() }
    })
  } finally {
    spool.close()
  }
}

async function addAll(
  request: AddEntriesRequest,
  sink: BlockSink,
  run: Run,
  spool?: PatchSpool
): Promise<string[]> {
  const adding = new AddingEntries(request, sink, run, spool)
  for await (const entry of request.entries) await adding.add(entry)
  return await adding.finish()
}

/** What is in the root: a file with what is told of it, or a folder that is written at the end. */
type Top =
  | { readonly type: 'file'; readonly tell: () => void }
  | { readonly type: 'folder'; readonly name: Uint8Array }

class AddingEntries {
  readonly #request: AddEntriesRequest
  readonly #writer: NodeWriter
  readonly #run: Run
  readonly #spool: PatchSpool | undefined
  readonly #tree = new TreeBuilder()
  /** In the order in which they came; folders by their names. */
  readonly #tops = new Map<string, Top>()
  readonly #roots: string[] = []
  #count = 0

  constructor(
    request: AddEntriesRequest,
    sink: BlockSink,
    run: Run,
    spool: PatchSpool | undefined
  ) {
    this.#request = request
    this.#writer = new NodeWriter(sink, request.profile)
    this.#run = run
    this.#spool = spool
  }

  async add(entry: StreamedEntry): Promise<void> {
    throwIfAborted(this.#run)
    this.#count++
    const { path, metadata } = entry
    checkPath(path)
    const [name] = path
    const key = `folder ${bufferOf(name ?? EMPTY).toString('latin1')}`
    const isInFolder = path.length > 1 || entry.type === 'directory'
    if (isInFolder && !this.#tops.has(key)) this.#tops.set(key, { type: 'folder', name: name! })
    if (entry.type === 'directory') this.#tree.addFolder(path, metadata)
    else if (entry.type === 'symlink')
      this.#place(path, this.#writer.symlink(entry.target, { mtime: metadata.mtime }), EMPTY)
    else await this.#file(path, entry.bytes, metadata)
  }

  async #file(
    path: EntryPath,
    bytes: AsyncIterable<Uint8Array>,
    metadata: Metadata
  ): Promise<void> {
    const { onBytes } = this.#request
    let done = 0
    const source = new Beginning(bytes)
    const added = await writeStream(this.#writer, sequentialStream(source), metadata, {
      signal: this.#run.signal,
      onBytes: (count) => onBytes?.(path, (done += count))
    })
    this.#place(path, added, source.head)
  }

  #place(path: EntryPath, added: Added, head: Uint8Array): void {
    const named = path.length > 0 ? path : [utf8(String(added.cid))]
    if (this.#request.wrap === undefined && named.length === 1) {
      const tell = (): void => this.#tell(named, added, true, head)
      this.#tops.set(`file ${this.#count}`, { type: 'file', tell })
      return
    }
    this.#tree.addEntry(named, added)
    this.#tell(named, added, false, head)
  }

  #tell(path: EntryPath, added: Added, isRoot: boolean, head: Uint8Array = EMPTY): void {
    const { cid, kind, size, tsize } = added
    if (isRoot) this.#roots.push(String(cid))
    const text = path.map(printable).join('/')
    this.#spool?.push(entryPatch({ cid, kind, size, tsize, path: text, head }, Date.now(), this.#request.profile)) // prettier-ignore
    this.#request.onEntry?.({ path, cid: String(cid), type: typeName(kind), tsize, isRoot })
  }

  async finish(): Promise<string[]> {
    const { wrap } = this.#request
    if (this.#count === 0) throw new KitError('INVALID_ARGUMENT', 'there is nothing to add')
    if (wrap !== undefined) {
      this.#tree.addFolder([], wrap)
      await this.#write([])
      return this.#roots
    }
    for (const top of this.#tops.values())
      if (top.type === 'file') top.tell()
      else await this.#write([top.name])
    return this.#roots
  }

  async #write(top: EntryPath): Promise<void> {
    const { emptyFolders = true } = this.#request
    await this.#tree.write(top, this.#writer, {
      onFolder: (path, added) => this.#tell(path, added, path.length === top.length),
      emptyFolders,
      signal: this.#run.signal
    })
  }
}
