/**
 * Named files on a mount that may hang. Every call on it is made by a process of its own: it may be
 * held up for ever, and is left behind then.
 */
import { KitError } from '../../src/core/errors.js'
import type { CallOptions } from '../facets/call.js'
import type { ByteRange, FileContent, FileEntry } from '../facets/named-files.js'
import { checkFolderName } from '../files/file-name.js'
import type { StoredFiles } from '../files/files-backend.js'
import { checkPublicName } from '../files/temporary-name.js'
import type { Skipped } from '../skipped.js'
import { FolderClient } from './folder-client.js'
import { deviceOf, type KnownMount } from './mounted.js'
import type { SshfsOptions } from './options.js'

/** Processes that one mount may hold up: each further one would only be held up as well. */
const MAX_STUCK = 4

export class MountedFolder implements StoredFiles {
  readonly where: string
  readonly #mount: KnownMount
  readonly #skipped: Skipped
  #client: { readonly device: string; readonly process: FolderClient } | undefined
  /** Processes that were left behind, with the devices that hold them up. */
  #stuck: { readonly device: string; readonly process: FolderClient }[] = []

  constructor({ path, mount }: SshfsOptions, skipped: Skipped) {
    this.where = path
    this.#mount = mount
    this.#skipped = skipped
  }

  async *get(name: string, range: ByteRange, { signal }: CallOptions): AsyncIterable<Uint8Array> {
    checkPublicName(name)
    const work = { call: 'get', name, range } as const
    for await (const piece of this.#process(signal).stream(work, signal))
      if (piece instanceof Uint8Array) yield piece
  }

  async *list(folder: string, suffix: string, { signal }: CallOptions): AsyncIterable<FileEntry> {
    checkFolderName(folder)
    const work = { call: 'list', folder, suffix } as const
    for await (const entry of this.#process(signal).stream(work, signal))
      if (!(entry instanceof Uint8Array)) yield entry
  }

  async stat(name: string, { signal }: CallOptions): Promise<FileEntry | undefined> {
    checkPublicName(name)
    const found = await this.#process(signal).run({ call: 'stat', name }, signal)
    return typeof found === 'object' ? found : undefined
  }

  async put(name: string, content: FileContent, { signal }: CallOptions): Promise<void> {
    checkPublicName(name)
    await this.#process(signal).run({ call: 'put', name }, signal, content)
  }

  async remove(name: string, { signal }: CallOptions): Promise<void> {
    checkPublicName(name)
    await this.#process(signal).run({ call: 'remove', name }, signal)
  }

  async sweep(before: number, { signal }: CallOptions): Promise<number> {
    return Number(await this.#process(signal).run({ call: 'sweep', before }, signal))
  }

  async describe({ signal }: CallOptions): Promise<string> {
    const found = await this.#process(signal).run({ call: 'describe' }, signal)
    const folder = typeof found === 'string' ? found : 'a folder'
    return `${folder} on ${this.#mount.source} (${this.#mount.type})`
  }

  close(): Promise<void> {
    this.#client?.process.kill()
    return Promise.resolve()
  }

  /** Gives the process that works on what is mounted now. @throws BACKEND_UNAVAILABLE, TIMEOUT. */
  #process(signal: AbortSignal): FolderClient {
    if (signal.aborted) throw signal.reason
    const device = deviceOf(this.where, this.#mount)
    if (this.#client?.device === device) return this.#client.process
    this.#client?.process.kill()
    this.#stuck = this.#stuck.filter(({ process }) => !process.hasEnded)
    if (this.#stuck.filter((one) => one.device === device).length >= MAX_STUCK)
      throw new KitError(
        'TIMEOUT',
        `${this.where}: ${this.#mount.source} still holds up earlier calls; unmount it with \`umount -f ${this.#mount.point}\` and mount it again`
      )
    const process = new FolderClient(this.where, device, {
      skipped: (reason) => this.#skipped.tell(reason),
      lost: () => {
        this.#stuck.push({ device, process })
        if (this.#client?.process === process) this.#client = undefined
      }
    })
    this.#client = { device, process }
    return process
  }
}
