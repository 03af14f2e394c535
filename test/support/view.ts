/**
 * A tree as its readers see it: through the kernel, or by asking the VFS itself. What one suite
 * says of the file system holds for both.
 */
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { Content } from '../../src/content/content.js'
import { KitError } from '../../src/core/errors.js'
import { NotReady } from '../../src/core/not-ready.js'
import { lastErrno, libcFunction } from '../../src/core/native.js'
import { ERRNO } from '../../src/mount/errno.js'
import { PinsView } from '../../src/store/pins-view.js'
import { StoreReader } from '../../src/store/reader.js'
import type { Attr } from '../../vfs/attr.js'
import { InodeTable, reserveInodes, ROOT_ID } from '../../vfs/inode-table.js'
import { QueryFiles } from '../../src/query/query-files.js'
import { HomeFiles } from '../../src/service/home-files.js'
import { METADATA_ON_MAIN_THREAD } from '../../src/service/metadata-documents.js'
import { RESULTS_ON_MAIN_THREAD } from '../../src/service/result-links.js'
import type { NamesPort } from '../../vfs/ports.js'
import { IpfsTree } from '../../vfs/trees/ipfs.js'
import { IpnsTree } from '../../vfs/trees/ipns.js'
import { DatasetsView } from '../../src/datasets/datasets-view.js'
import { DatasetsTree } from '../../vfs/trees/datasets.js'
import { MetadataTree } from '../../vfs/trees/metadata.js'
import { QueriesTree } from '../../vfs/trees/queries.js'
import { Vfs } from '../../vfs/vfs.js'

const NO_NAMES: NamesPort = {
  link: () => undefined,
  list: () => [],
  prepare: async () => undefined
}

export type Name = string | Buffer

export interface Seen {
  readonly type: 'file' | 'directory' | 'symlink' | 'other'
  readonly number: bigint
  readonly size: number
  /** Permission bits, setuid, setgid and sticky among them. */
  readonly mode: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** Every method throws an error with the name of an errno as its `code`. */
export interface View {
  /** Names in the order of the listing, without `.` and `..`. */
  names(...path: Name[]): Buffer[]
  stat(...path: Name[]): Seen
  /** The bytes from `position` on; `length` at most. */
  read(path: readonly Name[], position?: number, length?: number): Buffer
  readlink(...path: Name[]): Buffer
  /** The value of an extended attribute, or the errno. */
  attribute(name: string, ...path: Name[]): string | number
}

/** The name of the errno that `work` fails with; `none`. */
export function errnoOf(work: () => unknown): string {
  try {
    work()
    return 'none'
  } catch (error) {
    return String((error as { code?: string }).code)
  }
}

/** A folder of the system: a mount, or plain files to compare one with. */
export class SystemView implements View {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  #path(names: readonly Name[]): Buffer {
    const parts = names.flatMap((name) => [Buffer.from('/'), Buffer.from(name as string)])
    return Buffer.concat([Buffer.from(this.#folder), ...parts])
  }

  names(...path: Name[]): Buffer[] {
    return readdirSync(this.#path(path), { encoding: 'buffer' })
  }

  stat(...path: Name[]): Seen {
    const stat = lstatSync(this.#path(path), { bigint: true })
    return {
      type: stat.isFile()
        ? 'file'
        : stat.isDirectory()
          ? 'directory'
          : stat.isSymbolicLink()
            ? 'symlink'
            : 'other',
      number: stat.ino,
      size: Number(stat.size),
      mode: Number(stat.mode & 0o7777n),
      mtimeNs: stat.mtimeNs,
      ctimeNs: stat.ctimeNs
    }
  }

  read(path: readonly Name[], position = 0, length = this.stat(...path).size + 1): Buffer {
    const fd = openSync(this.#path(path), 'r')
    try {
      const bytes = Buffer.alloc(length)
      let done = 0
      for (let n = -1; n !== 0 && done < length; done += n)
        n = readSync(fd, bytes, done, length - done, position + done)
      return bytes.subarray(0, done)
    } finally {
      closeSync(fd)
    }
  }

  readlink(...path: Name[]): Buffer {
    return readlinkSync(this.#path(path), { encoding: 'buffer' })
  }

  attribute(name: string, ...path: Name[]): string | number {
    const lgetxattr = libcFunction(
      'long lgetxattr(const void *path, const char *name, void *value, size_t size)'
    )
    const value = Buffer.alloc(300)
    const zeroEnded = Buffer.concat([this.#path(path), Buffer.alloc(1)])
    const n = Number(lgetxattr(zeroEnded, name, value, value.length))
    return n < 0 ? lastErrno() : value.toString('latin1', 0, n)
  }
}

/** What the drivers do, without a kernel: paths are walked, references given back. */
export class DirectView implements View {
  readonly #reader: StoreReader
  readonly #pins: PinsView
  readonly #content: Content
  readonly #vfs: Vfs
  readonly inodes: InodeTable

  constructor(home: string) {
    this.#reader = new StoreReader(home)
    this.#content = new Content(this.#reader, this.#reader, { memory: 1 << 22, prompt: true })
    this.#pins = new PinsView(this.#reader.layout.pins)
    this.inodes = new InodeTable(reserveInodes(1000))
    const queries = new QueryFiles(join(home, 'queries'))
    const trees = [
      new IpfsTree(this.#content, this.#pins),
      new IpnsTree(this.#content, NO_NAMES),
      new DatasetsTree(this.#content, new DatasetsView(home, this.#content)),
      new QueriesTree(this.#content, queries, RESULTS_ON_MAIN_THREAD),
      new MetadataTree(METADATA_ON_MAIN_THREAD, new HomeFiles(home))
    ]
    this.#vfs = new Vfs(trees, this.#reader, this.inodes, { umask: 0 })
  }

  close(): void {
    this.#reader.close()
  }

  /** Run `work` on the node of a path. */
  #at<T>(path: readonly Name[], work: (id: number) => T): T {
    this.#reader.refresh()
    this.#pins.refresh()
    const held: number[] = []
    try {
      let id = ROOT_ID
      for (const name of path) {
        const found = this.#vfs.lookup(id, Buffer.from(name as string))
        if (found === undefined) throw new KitError('PATH_NOT_FOUND', String(name))
        held.push((id = found.id))
      }
      return this.#prepared(() => work(id))
    } catch (error) {
      if (!(error instanceof KitError)) throw error
      throw Object.assign(error, { code: getSystemErrorName(-ERRNO[error.code]) })
    } finally {
      for (const id of held) this.inodes.forget(id, 1)
    }
  }

  #prepared<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof NotReady) || error.want.type !== 'table') throw error
      const other = new Content(this.#reader, this.#reader, { memory: 1 << 22 })
      other.prepare(error.want.cid)
      return work()
    }
  }

  names(...path: Name[]): Buffer[] {
    return this.#at(path, (id) => {
      const names: Buffer[] = []
      // Small replies, each going on where the last one ended.
      for (let cookie = 0, more = true; more;) {
        let room = 7
        more = false
        this.#vfs.readdir(id, cookie, (entry) => {
          more = true
          if (room-- === 0) return false
          names.push(Buffer.from(entry.name))
          cookie = entry.cookie
          return true
        })
      }
      return names.slice(2)
    })
  }

  stat(...path: Name[]): Seen {
    return this.#at(path, (id) => seenFrom(this.#vfs.getattr(id)))
  }

  read(path: readonly Name[], position = 0, length?: number): Buffer {
    return this.#at(path, (id) => {
      const bytes = Buffer.alloc(length ?? this.#vfs.getattr(id).size + 1)
      return bytes.subarray(0, this.#vfs.read(id, position, bytes, 0, bytes.length))
    })
  }

  readlink(...path: Name[]): Buffer {
    return this.#at(path, (id) => Buffer.from(this.#vfs.readlink(id)))
  }

  attribute(name: string, ...path: Name[]): string | number {
    return this.#at(path, (id) => {
      const value = this.#vfs.getxattr(id, Buffer.from(name))
      return value === undefined ? 61 : Buffer.from(value).toString('latin1')
    })
  }
}

const seenFrom = (attr: Attr): Seen => ({
  type: attr.type,
  number: (BigInt(attr.inoHigh) << 32n) | BigInt(attr.inoLow),
  size: attr.size,
  mode: attr.mode & 0o7777,
  mtimeNs: BigInt(attr.mtimeSec) * 1_000_000_000n + BigInt(attr.mtimeNsec),
  ctimeNs: BigInt(attr.ctimeSec) * 1_000_000_000n + BigInt(attr.ctimeNsec)
})

/** Everything that can be seen below a path, as lines of text. */
export function describeTree(view: View, path: readonly Name[]): string {
  const lines: string[] = []
  const visit = (names: readonly Name[]): void => {
    const { type, number, size, mode, mtimeNs, ctimeNs } = view.stat(...names)
    const name = names.slice(path.length).map((part) => Buffer.from(part as string).toString('hex'))
    lines.push([join('/', ...name), type, number, size, mode, mtimeNs, ctimeNs].join(' '))
    if (type === 'directory') for (const child of view.names(...names)) visit([...names, child])
  }
  visit(path)
  return lines.join('\n')
}
