/**
 * libfuse's operations, by path, answered by the VFS on this thread. vfs/README.md lists the limits
 * of libfuse 2 and its binding: names that are not UTF-8, 64-bit inode numbers, nanoseconds, times
 * before 1970.
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
/** Largest handle: they are signed 32-bit numbers from 1 on, since 0 means none. */
const MAX_HANDLE = 2 ** 31 - 1
const MAX_BLOCKS = 2 ** 32 - 1
/** First inode number of content; folders without a CID have lower ones. */
const FIRST_NUMBER = 0x10000

/** An error that is only an errno. */
class ErrnoError extends Error {
  constructor(readonly errno: number) {
    super(`errno ${errno}`)
  }
}

/** The operations of one mount. */
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

  /**
   * Runs an operation, has prepared what it needs, and runs it again until it succeeds or fails.
   * @param tell is called exactly once.
   */
  #answer<T>(kind: string, work: () => T, tell: (error: number, result?: T) => void): void {
    this.#requests.set(kind, (this.#requests.get(kind) ?? 0) + 1)
    const since = performance.now()
    const reply = (error: number, result?: T): void => {
      this.#latency.observe(performance.now() - since)
      tell(error, result)
    }
    const deadlineAt = performance.now() + this.#options.deadlineMs
    const attempt = (): void => {
      const outcome = this.#try(work)
      if (outcome instanceof NotReady) {
        this.#waiting++
        void this.#prepare(outcome, deadlineAt).then((errno) => {
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

  /** Has something prepared until the deadline. @returns 0 once it is ready, else an errno. */
  async #prepare(need: NotReady, deadlineAt: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined
    const controller = abortController()
    const deadline = new Promise<number>((resolve) => {
      timer = setTimeout(() => resolve(ETIMEDOUT), Math.max(0, deadlineAt - performance.now()))
    })
    try {
      const prepared = this.#served.prepare(need, controller.signal).then(() => 0)
      return await Promise.race([prepared, deadline])
    } catch (error) {
      return this.#errnoOf(error)
    } finally {
      clearTimeout(timer)
      controller.abort(new KitError('ABORTED', 'nobody waits for it'))
    }
  }

  #errnoOf(error: unknown): number {
    if (error instanceof ErrnoError) return error.errno
    const known = toKitError(error)
    if (known.code === 'INTERNAL') this.#served.log.error('a request failed', error)
    return ERRNO[known.code]
  }

  #statOf(attr: Attr): FuseStat {
    return {
      mode: attr.mode,
      uid: this.#options.uid,
      gid: this.#options.gid,
      size: attr.size,
      nlink: 1,
      ino: foldTo32Bits(attr.inoLow, attr.inoHigh),
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
      // The binding passes names as text, so a name that is not UTF-8 could not be opened.
      if (text === undefined) return true
      names.push(text)
      // libfuse uses only the inode number and the type of a listed entry.
      const { type } = entry
      const mode = type === undefined ? 0 : TYPE_BITS[type]
      stats.push({ ...EMPTY_STAT, mode, ino: foldTo32Bits(entry.numberLow, entry.numberHigh) })
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
        if ((flags & O_ACCMODE) !== 0) throw new ErrnoError(EROFS)
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
        if (!Number.isSafeInteger(position)) throw new ErrnoError(EINVAL)
        return this.#served.vfs.read(id, position, into, 0, length)
      },
      (error, count) => done(count ?? error)
    )

  statfs: FuseOperations['statfs'] = (_path, done) =>
    this.#answer(
      'statfs',
      () => {
        const { totalBytes, freeBytes, availableBytes, objects } = this.#served.vfs.statfs()
        // Block counts have 32 bits, so a larger file system is reported in larger blocks.
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

  /**
   * Reads an extended attribute.
   * @param into buffer for the value; an empty one asks for its length.
   * @param done is called with the number of bytes, or −errno.
   */
  attribute(path: string, name: string, into: Buffer, done: (result: number) => void): void {
    this.#answer(
      'getxattr',
      () => {
        if (name.startsWith('security.') || name.startsWith('system.'))
          throw new ErrnoError(EOPNOTSUPP)
        const value = this.#served.vfs.getxattr(this.#nodes.find(path), utf8(name))
        if (value === undefined) throw new ErrnoError(ENODATA)
        // The binding's empty buffer must not be touched.
        if (into.length === 0) return value.length
        if (value.length > into.length) throw new ErrnoError(ERANGE)
        into.set(value)
        return value.length
      },
      (error, length) => done(length ?? error)
    )
  }

  // These make the binding register the operations; `attribute` gives the answers.
  getxattr: FuseOperations['getxattr'] = (_path, _name, _position, done) => done(-ENODATA)
  listxattr: FuseOperations['listxattr'] = (_path, done) => done(0, [])
}

/** Returns a time in ms, 0 for times before 1970, which the binding cannot pass. */
const milliseconds = (sec: number, nsec: number): number =>
  Math.max(0, sec * 1000 + Math.floor(nsec / 1e6))

/** Folds an inode number into the 32 bits of the binding, outside the numbers of fixed folders. */
function foldTo32Bits(low: number, high: number): number {
  const number = (low ^ high) >>> 0
  return high !== 0 && number < FIRST_NUMBER ? number + FIRST_NUMBER : number
}

const EMPTY_STAT: FuseStat = {
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
