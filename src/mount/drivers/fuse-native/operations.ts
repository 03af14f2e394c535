/**
 * libfuse's operations, by path, answered by the VFS on this thread. What libfuse 2 and its
 * binding cannot say (names that are not UTF-8, 64-bit inode numbers, nanoseconds, times before
 * 1970) is written down in vfs/README.md.
 */
import { abortController } from '../../../core/abort.js'
import type { FuseOperations, FuseStat } from 'fuse-native'
import { textOf, utf8 } from '../../../core/bytes.js'
import { Histogram } from '../../../core/histogram.js'
import { KitError, toKitError } from '../../../core/errors.js'
import { NotReady } from '../../../core/not-ready.js'
import { BLOCK_SIZE, TYPE_BITS, type Attr } from '../../../../vfs/attr.js'
import { EINVAL, ENODATA, EOPNOTSUPP, ERANGE, ERRNO, EROFS, ETIMEDOUT } from '../../errno.js'
import type { MountOptions, MountReport, ServedVfs } from '../../driver.js'
import { PathNodes } from './path-nodes.js'

const O_ACCMODE = 3
/** Handles are signed 32-bit numbers, and 0 says that there is none. */
const MAX_HANDLE = 2 ** 31 - 1
const MAX_BLOCKS = 2 ** 32 - 1
/** Numbers below are those of folders that no CID names. */
const FIRST_NUMBER = 0x10000

/** A failure that is told by its errno alone. */
class Refusal extends Error {
  constructor(readonly errno: number) {
    super(`errno ${errno}`)
  }
}

export class Operations implements FuseOperations {
  readonly #served: ServedVfs
  readonly #options: MountOptions
  readonly #nodes: PathNodes
  readonly #handles = new Map<number, number>()
  #lastHandle = 0
  readonly #requests = new Map<string, number>()
  readonly #latency = new Histogram()
  #waiting = 0

  constructor(served: ServedVfs, options: MountOptions) {
    this.#served = served
    this.#options = options
    this.#nodes = new PathNodes(served.vfs)
  }

  report(): MountReport {
    const requests = Object.fromEntries(this.#requests)
    return { requests, latency: this.#latency.report(), waiting: this.#waiting }
  }

  /** Do it, have prepared what it needs, do it again. @param reply told exactly once. */
  #answer<T>(kind: string, work: () => T, tell: (error: number, result?: T) => void): void {
    this.#requests.set(kind, (this.#requests.get(kind) ?? 0) + 1)
    const since = performance.now()
    const reply = (error: number, result?: T): void => {
      this.#latency.observe(performance.now() - since)
      tell(error, result)
    }
    const late = performance.now() + this.#options.deadlineMs
    const attempt = (): void => {
      const outcome = this.#try(work)
      if (outcome instanceof NotReady) {
        this.#waiting++
        void this.#prepared(outcome, late).then((errno) => {
          this.#waiting--
          if (errno === 0) attempt()
          else reply(-errno)
        })
      } else reply(-outcome.errno, outcome.result)
    }
    attempt()
  }

  #try<T>(work: () => T): NotReady | { readonly errno: number; readonly result?: T } {
    try {
      if (this.#served.refresh()) this.#nodes.clear()
      return { errno: 0, result: work() }
    } catch (error) {
      return error instanceof NotReady ? error : { errno: this.#errnoOf(error) }
    }
  }

  /** @returns 0 when what was missing is there, else an errno. */
  async #prepared(need: NotReady, late: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined
    const over = abortController()
    const deadline = new Promise<number>((resolve) => {
      timer = setTimeout(() => resolve(ETIMEDOUT), Math.max(0, late - performance.now()))
    })
    try {
      const prepared = this.#served.prepare(need, over.signal).then(() => 0)
      return await Promise.race([prepared, deadline])
    } catch (error) {
      return this.#errnoOf(error)
    } finally {
      clearTimeout(timer)
      over.abort(new KitError('ABORTED', 'nobody waits for it'))
    }
  }

  #errnoOf(error: unknown): number {
    if (error instanceof Refusal) return error.errno
    const known = toKitError(error)
    if (known.code === 'INTERNAL') console.error('a request failed', error)
    return ERRNO[known.code]
  }

  #statOf(attr: Attr): FuseStat {
    return {
      mode: attr.mode,
      uid: this.#options.uid,
      gid: this.#options.gid,
      size: attr.size,
      nlink: 1,
      ino: folded(attr.inoLow, attr.inoHigh),
      blksize: BLOCK_SIZE,
      blocks: Math.ceil(attr.size / 512),
      atime: milliseconds(attr.mtimeSec, attr.mtimeNsec),
      mtime: milliseconds(attr.mtimeSec, attr.mtimeNsec),
      ctime: milliseconds(attr.ctimeSec, attr.ctimeNsec)
    }
  }

  getattr: FuseOperations['getattr'] = (path, done) =>
    this.#answer(
      'getattr',
      () => this.#statOf(this.#served.vfs.getattr(this.#nodes.find(path))),
      done
    )

  readdir: FuseOperations['readdir'] = (path, done) =>
    this.#answer(
      'readdir',
      () => this.#list(this.#nodes.find(path)),
      (error, list) => done(error, list?.names, list?.stats)
    )

  #list(id: number): { names: string[]; stats: FuseStat[] } {
    const names: string[] = []
    const stats: FuseStat[] = []
    this.#served.vfs.readdir(id, 0, (entry) => {
      const text = textOf(entry.name)
      // libfuse's binding cannot tell such a name from others: it would lead nowhere.
      if (text === undefined) return true
      names.push(text)
      // A listing tells numbers and types, nothing else.
      const { type } = entry
      const mode = type === undefined ? 0 : TYPE_BITS[type]
      stats.push({ ...NOTHING, mode, ino: folded(entry.numberLow, entry.numberHigh) })
      return true
    })
    return { names, stats }
  }

  readlink: FuseOperations['readlink'] = (path, done) =>
    this.#answer(
      'readlink',
      () => {
        const text = textOf(this.#served.vfs.readlink(this.#nodes.find(path)))
        if (text === undefined) throw new KitError('IO', `the target of ${path} is not UTF-8`)
        return text
      },
      done
    )

  open: FuseOperations['open'] = (path, flags, done) =>
    this.#answer(
      'open',
      () => {
        if ((flags & O_ACCMODE) !== 0) throw new Refusal(EROFS)
        const id = this.#nodes.find(path)
        this.#served.vfs.inodes.hold(id)
        const handle = this.#freeHandle()
        this.#handles.set(handle, id)
        return handle
      },
      done
    )

  #freeHandle(): number {
    do this.#lastHandle = (this.#lastHandle % MAX_HANDLE) + 1
    while (this.#handles.has(this.#lastHandle))
    return this.#lastHandle
  }

  release: FuseOperations['release'] = (_path, handle, done) => {
    const id = this.#handles.get(handle)
    if (id !== undefined) this.#served.vfs.inodes.forget(id, 1)
    this.#handles.delete(handle)
    done(0)
  }

  read: FuseOperations['read'] = (_path, handle, into, length, position, done) =>
    this.#answer(
      'read',
      () => {
        const id = this.#handles.get(handle)
        if (id === undefined) throw new KitError('BAD_HANDLE', `no file is open as ${handle}`)
        if (!Number.isSafeInteger(position)) throw new Refusal(EINVAL)
        return this.#served.vfs.read(id, position, into, 0, length)
      },
      (error, count) => done(count ?? error)
    )

  statfs: FuseOperations['statfs'] = (_path, done) =>
    this.#answer(
      'statfs',
      () => {
        const { totalBytes, freeBytes, availableBytes, objects } = this.#served.vfs.statfs()
        // The numbers of blocks have 32 bits: larger file systems have larger blocks.
        let bsize = 4096
        while (totalBytes / bsize > MAX_BLOCKS) bsize *= 2
        const blocks = (bytes: number): number => Math.floor(bytes / bsize)
        return {
          bsize,
          frsize: bsize,
          blocks: blocks(totalBytes),
          bfree: blocks(freeBytes),
          bavail: blocks(availableBytes),
          files: Math.min(objects, MAX_BLOCKS),
          namemax: 255
        }
      },
      done
    )

  /** @param into room for the value; none asks for its length. @param done told bytes, or −errno. */
  attribute(path: string, name: string, into: Buffer, done: (result: number) => void): void {
    this.#answer(
      'getxattr',
      () => {
        if (name.startsWith('security.') || name.startsWith('system.'))
          throw new Refusal(EOPNOTSUPP)
        const value = this.#served.vfs.getxattr(this.#nodes.find(path), utf8(name))
        if (value === undefined) throw new Refusal(ENODATA)
        // Only the length is asked for; such a buffer must not even be touched.
        if (into.length === 0) return value.length
        if (value.length > into.length) throw new Refusal(ERANGE)
        into.set(value)
        return value.length
      },
      (error, length) => done(length ?? error)
    )
  }

  // Their presence tells the binding to ask; the answers are given by `attribute`.
  getxattr: FuseOperations['getxattr'] = (_path, _name, _position, done) => done(-ENODATA)
  listxattr: FuseOperations['listxattr'] = (_path, done) => done(0, [])
}

/** Times before 1970 cannot be said. */
const milliseconds = (sec: number, nsec: number): number =>
  Math.max(0, sec * 1000 + Math.floor(nsec / 1e6))

/** An inode number in the 32 bits that there are. */
function folded(low: number, high: number): number {
  const number = (low ^ high) >>> 0
  return high !== 0 && number < FIRST_NUMBER ? number + FIRST_NUMBER : number
}

const NOTHING: FuseStat = {
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  nlink: 1,
  ino: 0,
  blksize: BLOCK_SIZE,
  blocks: 0,
  atime: 0,
  mtime: 0,
  ctime: 0
}
