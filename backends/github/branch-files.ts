/**
 * Named files on a branch of a git repository. What other programs keep there stays as it is; each
 * change is a commit on top of the last one.
 */
import { randomInt } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../src/core/clock.js'
import { KitError } from '../../src/core/errors.js'
import { CommitQueue } from '../commit-queue.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry } from '../facets/named-files.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { checkPublicName, isPublicName } from '../files/temporary-name.js'
import { BlobSizes } from './blob-sizes.js'
import type { GitRemote } from './git.js'
import { PrivateClone, type TreeChange, type TreeFile } from './private-clone.js'
import { Replaceable } from './replaceable.js'

/** Bytes that are read at a time. */
const PIECE = 1 << 20
/** The last commit that was seen is believed to be the last for so long. */
const FRESH_MS = 2000
/** Bytes of a file, somewhat below the 100 MiB from which on GitHub refuses it. */
const MAX_FILE = 95 << 20
/** Bytes of contents of a private clone before it is replaced. */
const MAX_CLONE = 1 << 30
/** How often a commit is made again because somebody else's came first, and the longest wait before. */
const MAX_RACES = 12
const MAX_WAIT_MS = 250

export interface Branch extends GitRemote {
  readonly branch: string
}

export class BranchFiles implements StoredFiles {
  readonly #branch: Branch
  readonly #clock: Clock
  readonly #sizes = new BlobSizes()
  readonly #clones: Replaceable<PrivateClone>
  readonly #queue = new CommitQueue<TreeChange & { readonly clone: PrivateClone }>(
    (changes, signal, progress) => this.#commit(changes, signal, progress)
  )
  /** The last commit, undefined for no branch, and when it was seen, by the count of the clock. */
  #tip: { readonly commit: string | undefined; readonly seenAt: number } | undefined
  /** Own commits so far. */
  #pushes = 0

  constructor(branch: Branch, clock: Clock) {
    this.#branch = branch
    this.#clock = clock
    this.#clones = new Replaceable(
      (options) => PrivateClone.make(branch, branch.branch, this.#sizes, clock.now(), options),
      MAX_CLONE
    )
  }

  keepIn(folder: string): void {
    this.#sizes.keepIn(folder)
  }

  get where(): string {
    return this.#branch.url
  }

  async *get(name: string, range: ByteRange, options: CallOptions): AsyncIterable<Uint8Array> {
    checkPublicName(name)
    const { clone, release } = await this.#clones.hold(options)
    try {
      const found = await this.#find(clone, name, options)
      if (found === undefined) throw new KitError('PATH_NOT_FOUND', `there is no file ${name}`)
      const { path, size } = await clone.blobFile(found.blob, options)
      yield* readFile(path, size, range, options)
    } finally {
      release()
    }
  }

  async *list(folder: string, suffix: string, options: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    const { clone, release } = await this.#clones.hold(options)
    try {
      const commit = await this.#lastCommit(clone, options)
      if (commit === undefined) return
      for (const file of await clone.files(commit, `${folder}/`, options))
        if (isWanted(file, folder, suffix)) yield await entryOf(clone, file, options)
    } finally {
      release()
    }
  }

  async count(folder: string, suffix: string, options: CallOptions): Promise<number> {
    checkFolderName(folder)
    const { clone, release } = await this.#clones.hold(options)
    try {
      const commit = await this.#lastCommit(clone, options)
      const files = commit === undefined ? [] : await clone.files(commit, `${folder}/`, options)
      return files.filter((file) => isWanted(file, folder, suffix)).length
    } finally {
      release()
    }
  }

  async stat(name: string, options: CallOptions): Promise<FileEntry | undefined> {
    checkPublicName(name)
    const { clone, release } = await this.#clones.hold(options)
    try {
      const found = await this.#find(clone, name, options)
      return found && (await entryOf(clone, found, options))
    } finally {
      release()
    }
  }

  async put(name: string, content: FileContent, options: CallOptions): Promise<void> {
    checkPublicName(name)
    const { clone, release } = await this.#clones.hold(options)
    try {
      const blob = await clone.store(content, (size) => checkSize(name, size), options)
      await this.#queue.add({ name, blob, clone }, options.signal)
    } finally {
      release()
    }
  }

  async remove(name: string, options: CallOptions): Promise<void> {
    checkPublicName(name)
    const { clone, release } = await this.#clones.hold(options)
    try {
      if ((await this.#find(clone, name, options)) === undefined) return
      await this.#queue.add({ name, blob: undefined, clone }, options.signal)
    } finally {
      release()
    }
  }

  /** Says what is there. */
  async describe(options: CallOptions): Promise<string> {
    const { clone, release } = await this.#clones.hold(options)
    try {
      const version = await clone.git.line(['version'], options)
      const tip = await clone.askTip(options)
      const { url, branch } = this.#branch
      const at = tip === undefined ? 'is not there yet' : `at ${tip.slice(0, 12)}`
      return `${version}: branch ${branch} of ${url} ${at}`
    } finally {
      release()
    }
  }

  async #find(
    clone: PrivateClone,
    name: string,
    options: CallOptions
  ): Promise<TreeFile | undefined> {
    // prettier-ignore
    const commit = await this.#lastCommit(clone, options)
    if (commit === undefined) return undefined
    return (await clone.files(commit, name, options)).find((file) => file.name === name)
  }

  /** The last commit of the branch, whose trees are in the clone. */
  async #lastCommit(clone: PrivateClone, options: CallOptions): Promise<string | undefined> {
    const isFresh = this.#tip !== undefined && this.#clock.elapsed() - this.#tip.seenAt < FRESH_MS
    if (!isFresh) await this.#look(clone, options)
    const commit = this.#tip?.commit
    if (commit !== undefined && !clone.commits.has(commit)) await this.#look(clone, options)
    return this.#tip?.commit
  }

  async #look(clone: PrivateClone, options: CallOptions): Promise<void> {
    const seenAt = this.#clock.elapsed()
    const pushes = this.#pushes
    const asked = await clone.askTip(options)
    const isHere = asked === undefined || clone.commits.has(asked)
    const commit = isHere ? asked : await clone.fetchTip(options)
    // What was asked before an own commit says less than that commit.
    if (pushes === this.#pushes || this.#tip === undefined) this.#tip = { commit, seenAt }
  }

  /** Makes one commit of changes whose contents lie in one clone, again until no other comes first. */
  async #commit(
    changes: readonly (TreeChange & { readonly clone: PrivateClone })[],
    signal: AbortSignal,
    progress: () => void
  ): Promise<void> {
    const { clone } = changes[0]!
    const own = changes.filter((change) => change.clone === clone)
    await this.#commitIn(clone, own, signal, progress)
    const others = changes.filter((change) => change.clone !== clone)
    if (others.length > 0) await this.#commit(others, signal, progress)
  }

  async #commitIn(
    clone: PrivateClone,
    changes: readonly TreeChange[],
    signal: AbortSignal,
    progress: () => void
  ): Promise<void> {
    // prettier-ignore
    for (let race = 0; race < MAX_RACES; race++) {
      const parent = await this.#lastCommit(clone, { signal })
      const commit = await clone.commit(parent, changes, { signal })
      if (commit === undefined) return
      const seenAt = this.#clock.elapsed()
      this.#tip = undefined
      if (await clone.push(commit, parent, signal, progress)) {
        this.#pushes++
        this.#tip = { commit, seenAt }
        return
      }
      progress()
      await delay(randomInt(MAX_WAIT_MS), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) throw signal.reason
    }
    const { url, branch } = this.#branch
    throw new KitError(
      'BACKEND_UNAVAILABLE',
      `${url}: ${MAX_RACES} times somebody else's commit came first on branch ${branch}; give this backend a branch of its own with --branch`
    )
  }

  async close(): Promise<void> {
    await this.#clones.close()
  }
}

function checkSize(name: string, size: number): void {
  if (size > MAX_FILE)
    throw new KitError(
      'TOO_LARGE',
      `${name} has over 95 MiB, more than a branch takes; use --store releases, which takes 2 GiB for each file`
    )
}

/** Whether a file lies directly in a folder, and has a name that a caller could ask for. */
const isWanted = ({ name }: TreeFile, folder: string, suffix: string): boolean =>
  (folder === '' || name.startsWith(`${folder}/`)) && name.endsWith(suffix) && isPublicName(name)

const entryOf = async (clone: PrivateClone, { name, blob }: TreeFile, options: CallOptions): Promise<FileEntry> => ({ name, size: await clone.size(blob, options), version: blob }) // prettier-ignore

async function* readFile(
  path: string,
  size: number,
  { position, length = size }: ByteRange,
  { signal }: CallOptions
): AsyncIterable<Uint8Array> {
  const file = await open(path)
  try {
    const end = Math.min(size, position + length)
    for (let at = position; at < end;) {
      const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, end - at))
      const { bytesRead } = await file.read(piece, 0, piece.length, at)
      if (signal.aborted) throw signal.reason
      if (bytesRead === 0) return
      at += bytesRead
      yield piece.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
