/**
 * A private bare repository that holds of a remote branch the trees of its last commit, and what is
 * read or written of its files. It is thrown away as a whole.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KitError } from '../../src/core/errors.js'
import { SingleFlight } from '../../src/core/single-flight.js'
import type { CallOptions } from '../facets/call.js'
import type { FileContent } from '../facets/named-files.js'
import type { BlobSizes } from './blob-sizes.js'
import { Git, type GitRemote } from './git.js'
import { scratchFolder } from './scratch-folder.js'

/** A server takes it that whoever has a commit has its files. */
const AS_IF_NEW = ['-c', 'fetch.negotiationAlgorithm=noop']
/** The tree without files. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const TIP = 'refs/kit/tip'

/** A file of a commit. */
export interface TreeFile {
  readonly name: string
  /** The id of its content. */
  readonly blob: string
}

/** A file that is to have this content, or none. */
export interface TreeChange {
  readonly name: string
  readonly blob: string | undefined
}

export class PrivateClone {
  readonly git: Git
  /** Commits whose trees are here, and the ids of their trees. */
  readonly commits = new Map<string, string>()
  readonly #folder: string
  readonly #branch: string
  readonly #known: BlobSizes
  /** Contents that are here, and their sizes in bytes. */
  readonly #sizes = new Map<string, number>()
  readonly #flights = new SingleFlight<unknown>()

  private constructor(folder: string, branch: string, git: Git, known: BlobSizes) {
    this.#folder = folder
    this.#known = known
    this.#branch = branch
    this.git = git
  }

  static async make(
    remote: GitRemote,
    branch: string,
    known: BlobSizes,
    now: number,
    options: CallOptions
  ): Promise<PrivateClone> {
    // prettier-ignore
    const folder = await scratchFolder(now)
    const git = new Git(folder, remote)
    await git.run(['init', '--quiet', '--bare'], options)
    // The name is checked before, and holds nothing that would end the line.
    await writeFile(join(folder, 'config'), configOf(remote.url))
    await mkdir(join(folder, 'files'))
    return new PrivateClone(folder, branch, git, known)
  }

  /** Bytes of contents that it holds. */
  get bytes(): number {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0)
  }

  /** Asks for the last commit of the branch; undefined where there is no such branch. */
  async askTip({ signal }: CallOptions): Promise<string | undefined> {
    const args = ['ls-remote', '--exit-code', 'origin', this.#ref]
    const { code, stdout } = await this.git.run(args, { answers: [2], signal })
    return code === 2 ? undefined : stdout.toString('utf8').split('\t')[0]
  }

  /** Fetches the trees of the last commit. @returns the commit. */
  fetchTip({ signal }: CallOptions): Promise<string> {
    return this.#flights.run('tip', signal, async (signal) => {
      await this.#fetch(['fetch', '--depth=1'], `+${this.#ref}:${TIP}`, signal)
      const found = await this.git.line(['rev-parse', TIP, `${TIP}^{tree}`], { signal })
      const [commit, tree] = found.split('\n') as [string, string]
      this.commits.set(commit, tree)
      return commit
    }) as Promise<string>
  }

  async #fetch(args: readonly string[], wanted: string, signal: AbortSignal): Promise<void> {
    const common = ['--progress', '--no-tags', '--no-write-fetch-head', '--filter=blob:none']
    await this.git.run([...args, ...common, 'origin', wanted], { signal }) // prettier-ignore
  }

  get #ref(): string {
    return `refs/heads/${this.#branch}`
  }

  /** Lists the files at a path of a commit: the one of that name, or those in a folder `NAME/`. */
  async files(commit: string, path: string, { signal }: CallOptions): Promise<TreeFile[]> {
    const where = path === '/' ? [] : ['--', path]
    const { stdout } = await this.git.run(['ls-tree', '-z', commit, ...where], { signal })
    return stdout
      .toString('utf8')
      .split('\0')
      .flatMap((line) => {
        const [, blob, name] = /^100\d{3} blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? []
        return blob === undefined || name === undefined ? [] : [{ name, blob }]
      })
  }

  /**
   * Refuses changes that would put a folder where a file is, or a file where a folder is.
   * @throws NOT_A_DIRECTORY, IS_A_DIRECTORY.
   */
  async #checkPlaces(
    commit: string,
    changes: readonly TreeChange[],
    signal: AbortSignal
  ): Promise<void> {
    // prettier-ignore
    const put = changes.flatMap(({ name, blob }) => (blob === undefined ? [] : [name]))
    const folders = new Set(put.flatMap(foldersOf))
    if (put.length === 0) return
    const args = ['ls-tree', '-z', commit, '--', ...folders, ...put]
    const { stdout } = await this.git.run(args, { signal })
    for (const line of stdout.toString('utf8').split('\0')) {
      const [, type, name = ''] = /^\d+ (\w+) [0-9a-f]+\t(.+)$/s.exec(line) ?? []
      if (type !== 'tree' && folders.has(name))
        throw new KitError('NOT_A_DIRECTORY', `${name} is a file there, and no folder`)
      if (type === 'tree' && put.includes(name))
        throw new KitError('IS_A_DIRECTORY', `${name} is a folder there, and no file`)
    }
  }

  /** The size of a content, in bytes. The content is fetched where nobody here knows it. */
  async size(blob: string, options: CallOptions): Promise<number> {
    return this.#known.get(blob) ?? (await this.blobFile(blob, options)).size
  }

  /** A content as a file on this machine; it is fetched where it is not here yet. */
  blobFile(blob: string, { signal }: CallOptions): Promise<{ path: string; size: number }> {
    const path = join(this.#folder, 'files', blob)
    return this.#flights.run(blob, signal, async (signal) => {
      const found = await stat(path).catch(() => undefined)
      if (found !== undefined) return { path, size: found.size }
      if (!this.#sizes.has(blob)) await this.#fetch([...AS_IF_NEW, 'fetch'], blob, signal)
      await this.#writeOut(blob, path, signal)
      const { size } = await stat(path)
      this.#note(blob, size)
      return { path, size }
    }) as Promise<{ path: string; size: number }>
  }

  #note(blob: string, size: number): void {
    this.#sizes.set(blob, size)
    this.#known.note(blob, size)
  }

  async #writeOut(blob: string, path: string, signal: AbortSignal): Promise<void> {
    const temporary = `${path}.${randomUUID()}`
    const file = await open(temporary, 'wx', 0o600)
    try {
      await this.git.toFile(['cat-file', 'blob', blob], file.fd, { signal })
      await rename(temporary, path)
    } finally {
      await file.close()
      await rm(temporary, { force: true })
    }
  }

  /** Stores a content, unseen by anybody until it is committed. @returns its id. */
  async store(
    content: FileContent,
    maxBytes: (size: number) => void,
    { signal }: CallOptions
  ): Promise<string> {
    // prettier-ignore
    let size = 0
    const counted = async function* (): AsyncIterable<Uint8Array> {
      for await (const piece of content()) {
        if (signal.aborted) throw signal.reason
        maxBytes((size += piece.length))
        yield piece
      }
    }
    const args = ['hash-object', '-w', '--no-filters', '--stdin']
    const blob = await this.git.line(args, { input: counted(), signal })
    this.#note(blob, size)
    return blob
  }

  /**
   * Makes a commit with changes; undefined where they change nothing.
   * @param parent without one, the commit is the first.
   */
  async commit(
    parent: string | undefined,
    changes: readonly TreeChange[],
    { signal }: CallOptions
  ): Promise<string | undefined> {
    // prettier-ignore
    const index = join(this.#folder, `index-${randomUUID()}`)
    const env = { GIT_INDEX_FILE: index }
    try {
      if (parent !== undefined) {
        await this.#checkPlaces(parent, changes, signal)
        await this.git.run(['read-tree', parent], { env, signal })
      }
      const input = [Buffer.from(changes.map(indexLine).join(''))]
      await this.git.run(['update-index', '-z', '--index-info'], { env, input, signal })
      // Contents of other files are not here, and need not be.
      const tree = await this.git.line(['write-tree', '--missing-ok'], { env, signal })
      if (tree === (parent === undefined ? EMPTY_TREE : this.commits.get(parent))) return undefined
      const parents = parent === undefined ? [] : ['-p', parent]
      const args = ['commit-tree', tree, ...parents, '-m', subject(changes)]
      const commit = await this.git.line(args, { signal })
      this.commits.set(commit, tree)
      return commit
    } finally {
      await rm(index, { force: true })
    }
  }

  /**
   * Sends a commit; it becomes the last of its branch in one step.
   * @param parent that the branch must have for that; undefined for no such branch.
   * @returns false where the branch has another one by now.
   */
  async push(
    commit: string,
    parent: string | undefined,
    signal: AbortSignal,
    onProgress: () => void
  ): Promise<boolean> {
    // prettier-ignore
    const lease = `--force-with-lease=${this.#ref}:${parent ?? ''}`
    const args = ['push', '--porcelain', '--progress', '--no-thin', '--no-verify', lease, 'origin']
    const refs = `${commit}:${this.#ref}`
    const { code, stdout, said } = await this.git.run([...args, refs], { answers: [1], signal, onProgress }) // prettier-ignore
    if (code === 0) return true
    const answer = stdout.toString('utf8')
    if (LOST.test(answer)) return false
    throw this.git.failure('push', `${answer}\n${said}`)
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Answers of a server whose branch was changed by somebody else meanwhile. */
const LOST = /^!.*(?:stale info|fetch first|non-fast-forward|failed to update ref|cannot lock ref|reference already exists|incorrect old value)/m // prettier-ignore

/** The folders on the way to a name. */
const foldersOf = (name: string): string[] =>
  name
    .split('/')
    .slice(0, -1)
    .map((_, i, parts) => parts.slice(0, i + 1).join('/'))

const indexLine = ({ name, blob }: TreeChange): string =>
  blob === undefined ? `0 ${'0'.repeat(40)}\t${name}\0` : `100644 ${blob}\t${name}\0`

const subject = (changes: readonly TreeChange[]): string => {
  const [{ name, blob }] = changes as [TreeChange]
  if (changes.length > 1) return `ipfs-kit: ${changes.length} changes`
  return `ipfs-kit: ${blob === undefined ? 'remove' : 'put'} ${name}`
}

const configOf = (url: string): string => `[core]
\trepositoryformatversion = 1
\tbare = true
[extensions]
\tpartialClone = origin
[remote "origin"]
\turl = ${JSON.stringify(url)}
\tpromisor = true
\tpartialclonefilter = blob:none
`
