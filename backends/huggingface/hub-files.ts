/** Named files in a repository of a hub. Each change is a commit; large files go to its LFS store. */
import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { KitError } from '../../src/core/errors.js'
import { list, optional, record, text, whole, type Shape } from '../../src/core/shape.js'
import { CommitQueue } from '../commit-queue.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry } from '../facets/named-files.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { measureContent } from '../files/measured-content.js'
import { checkPublicName, isPublicName } from '../files/temporary-name.js'
import { isRange, rangeHeaders, rangeOf } from '../http-range.js'
import { withStepTime } from '../step-time.js'
import { Hub, isNoEntry, pathBelow, pathOf } from './hub.js'
import type { HubPlace } from './options.js'
import { commitBody, type HubChange } from './commit-body.js'
import { Uploads } from './uploads.js'

/** How often a commit is made again because somebody else's came first, and the longest wait before. */
const MAX_RACES = 12
const MAX_WAIT_MS = 500
/** How often those who wait hear that the hub is at work. */
const BEAT_MS = 100
/** Pages of one listing. */
const MAX_PAGES = 10_000

interface TreeEntry {
  readonly type: string
  readonly path: string
  readonly oid: string
  readonly size: number | undefined
  readonly lfs: { readonly oid: string } | undefined
}

const TREE: Shape<TreeEntry[]> = list(
  record({
    type: text,
    path: text,
    oid: text,
    size: optional(whole(0)),
    lfs: optional(record({ oid: text }))
  })
)
const ANYTHING: Shape<unknown> = (value) => value
const REPO_INFO = record({ sha: optional(text) })

export class HubFiles implements StoredFiles {
  readonly #hub: Hub
  readonly #uploads: Uploads
  readonly #queue = new CommitQueue<HubChange>((changes, signal, progress) =>
    this.#commit(changes, signal, progress)
  )

  constructor(place: HubPlace) {
    this.#hub = new Hub(place)
    this.#uploads = new Uploads(this.#hub)
  }

  get where(): string {
    return `${this.#hub.http.where}${this.#hub.base}`
  }

  async *get(name: string, range: ByteRange, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    checkPublicName(name)
    const hub = this.#hub
    if (range.length === 0) {
      if ((await this.stat(name, { signal })) === undefined) throw noFile(name)
      return
    }
    const path = `${hub.base}/resolve/${hub.revision}/${pathOf(name)}`
    const { http, answer } = await hub.follow({ path, headers: rangeHeaders(range) }, signal)
    if (isRange(answer)) return yield* rangeOf(http, answer, range, signal)
    if (isNoEntry(answer)) {
      answer.body.destroy()
      throw noFile(name)
    }
    throw await hub.refused(answer, signal)
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    const hub = this.#hub
    const below = folder === '' ? '' : `/${pathOf(folder)}`
    let path: string | undefined = `${hub.api}/tree/${hub.revision}${below}?recursive=false`
    const seen = new Set<string>()
    while (path !== undefined) {
      if (seen.has(path) || seen.size === MAX_PAGES)
        throw new KitError('BACKEND_UNAVAILABLE', `${this.where} gives a list without end`)
      seen.add(path)
      const answer = await hub.send({ path }, signal)
      if (isNoEntry(answer)) {
        answer.body.destroy()
        return
      }
      const entries = await hub.valueOf(answer, TREE, signal)
      for (const entry of entries) if (isWanted(entry, folder, suffix)) yield entryOf(entry)
      path = this.#next(String(answer.headers.link ?? ''))
    }
  }

  /** The path of the next page. Source: RFC 8288 */
  #next(link: string): string | undefined {
    const found = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1]
    if (found === undefined) return undefined
    if (this.#hub.isOwn(found))
      return pathBelow(this.#hub.place.endpoint, new URL(found, this.#hub.place.endpoint))
    throw new KitError('ACCESS_DENIED', `${this.where} lists on another host; it is not followed`)
  }

  async stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    checkPublicName(name)
    const hub = this.#hub
    const found = await hub.json(
      {
        method: 'POST',
        path: `${hub.api}/paths-info/${hub.revision}`,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify({ paths: [name], expand: false }))
      },
      TREE,
      signal
    )
    const entry = found.find(({ path, type }) => path === name && type === 'file')
    return entry && entryOf(entry)
  }

  async put(name: string, content: FileContent, { signal }: CallOptions): Promise<void> {
    checkPublicName(name)
    const measured = await measureContent(content, { signal })
    await this.#queue.add(await this.#uploads.store(name, measured, signal), signal)
  }

  async remove(name: string, options: CallOptions): Promise<void> {
    checkPublicName(name)
    if ((await this.stat(name, options)) !== undefined)
      await this.#queue.add({ key: 'deletedFile', value: { path: name } }, options.signal)
  }

  /** Commits, again for as long as somebody else's commit comes first, which is 412 (or 409). */
  async #commit(
    changes: readonly HubChange[],
    signal: AbortSignal,
    progress: () => void
  ): Promise<void> {
    // prettier-ignore
    const hub = this.#hub
    for (let race = 0; race < MAX_RACES; race++) {
      const request = {
        method: 'POST',
        path: `${hub.api}/commit/${hub.revision}`,
        headers: { 'content-type': 'application/x-ndjson' },
        body: commitBody(changes)
      } as const
      // The hub may take its time over it, and all whose changes it holds wait for that.
      const beat = setInterval(progress, BEAT_MS)
      const answer = await withStepTime(signal, `${this.where} commits`, (ending) => hub.send(request, ending)).finally(() => clearInterval(beat)) // prettier-ignore
      if (answer.status !== 412 && answer.status !== 409)
        return void (await hub.valueOf(answer, ANYTHING, signal))
      answer.body.destroy()
      progress()
      await delay(randomInt(MAX_WAIT_MS), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) throw signal.reason
    }
    throw new KitError(
      'BACKEND_UNAVAILABLE',
      `${this.where}: ${MAX_RACES} times somebody else's commit came first; give this backend a branch of its own with --revision`
    )
  }

  async describe({ signal }: CallOptions): Promise<string> {
    const hub = this.#hub
    const path = `${hub.api}/revision/${hub.revision}`
    const { sha } = await hub.json({ path }, REPO_INFO, signal)
    return `${hub.place.type} ${hub.place.repo} at ${sha?.slice(0, 12) ?? 'no commit'}`
  }

  close(): Promise<void> {
    this.#hub.close()
    return Promise.resolve()
  }
}

const noFile = (name: string): KitError =>
  new KitError('PATH_NOT_FOUND', `there is no file ${name}`)

const entryOf = ({ path, size = 0, oid, lfs }: TreeEntry): FileEntry => ({
  name: path,
  size,
  version: lfs?.oid ?? oid
})

/** Whether an entry is a file directly in a folder, with a name that a caller could ask for. */
function isWanted({ type, path }: TreeEntry, folder: string, suffix: string): boolean {
  const prefix = folder === '' ? '' : `${folder}/`
  const isThere = path.startsWith(prefix) && !path.slice(prefix.length).includes('/')
  return type === 'file' && isThere && path.endsWith(suffix) && isPublicName(path)
}
