/**
 * libfuse's operations, by path, answered by the VFS on this thread. vfs/README.md lists the limits
 * of libfuse 2 and its binding: names that are not UTF-8, 64-bit inode numbers, nanoseconds, times
 * before 1970.
 */
import { getSystemErrorName } from 'node:util'
import { abortController } from '../../../core/abort.js'
import type { FuseOperations, FuseStat } from 'fuse-native'
import { textOf, utf8 } from '../../../core/bytes.js'
import { Histogram } from '../../../core/histogram.js'
import { systemClock } from '../../../core/clock.js'
import { isKitError, KitError, toKitError } from '../../../core/errors.js'
import { printableText } from '../../../core/printable.js'
import { NotReady } from '../../../core/not-ready.js'
import { TYPE_BITS } from '../../../../vfs/attr.js'
import { EINVAL, ENODATA, ENOENT, EOPNOTSUPP, ERANGE, ERRNO, EROFS } from '../../errno.js'
import { Failures, reserveFailures } from '../../failures.js'
import type { MountOptions, MountReport, ServedVfs } from '../../driver.js'
import { PathNodes } from './path-nodes.js'
import { EMPTY_STAT, foldTo32Bits, statOf } from './stat.js'

const O_ACCMODE = 3
/** Largest handle: they are signed 32-bit numbers from 1 on, since 0 means none. */
const MAX_HANDLE = 2 ** 31 - 1
const MAX_BLOCKS = 2 ** 32 - 1

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
  readonly #errors = new Map<string, number>()
  readonly #failures: Failures
  #waiting = 0
  #waited = 0

  constructor(served: ServedVfs, options: MountOptions) {
    this.#served = served
    this.#options = options
    this.#nodes = new PathNodes(served.vfs)
    this.#failures = new Failures(reserveFailures(), served.log, systemClock)
  }

  report(): MountReport {
    const requests = Object.fromEntries(this.#requests)
    const errors = Object.fromEntries(this.#errors)
    return {
      requests,
      latency: this.#latency.report(),
      errors,
      waiting: this.#waiting,
      waited: this.#waited
    }
  }

  /**
   * Runs an operation, has prepared what it needs, and runs it again until it succeeds or fails.
   * @param tell is called exactly once.
   */
  #answer<T>(
    kind: string,
    path: string,
    work: () => T,
    tell: (error: number, result?: T) => void
  ): void {
    this.#requests.set(kind, (this.#requests.get(kind) ?? 0) + 1)
    const since = performance.now()
    const what = (): string => `${kind} of ${printableText(path)}`
    const reply = (error: number, result?: T): void => {
      this.#latency.observe(performance.now() - since)
      if (error !== 0) this.#count(getSystemErrorName(error))
      tell(error, result)
    }
    const deadlineAt = performance.now() + this.#options.deadlineMs
    const attempt = (absent?: KitError): void => {
      const outcome = this.#try(work)
      if (outcome instanceof NotReady) {
        this.#waiting++
        this.#waited++
        void this.#prepare(outcome, deadlineAt).then(({ error, absent }) => {
          this.#waiting--
          if (error === undefined) attempt(absent)
          else reply(-this.#errnoOf(error, what))
        })
      } else if ('error' in outcome) {
        const isAbsent = absent !== undefined && isKitError(outcome.error, 'BLOCK_NOT_FOUND')
        const errno = this.#errnoOf(isAbsent ? absent : outcome.error, what)
        if (errno === ENOENT && absent !== undefined) this.#failures.noteAbsent(absent, what)
        reply(-errno)
      } else reply(0, outcome.result)
    }
    attempt()
  }

  #count(errno: string): void {
    this.#errors.set(errno, (this.#errors.get(errno) ?? 0) + 1)
  }

  #try<T>(work: () => T): NotReady | { readonly result: T } | { readonly error: unknown } {
    try {
      if (this.#served.refresh()) this.#nodes.clear()
      return { result: work() }
    } catch (error) {
      return error instanceof NotReady ? error : { error }
    }
  }

  /**
   * Has something prepared until the deadline. Resolves to what went wrong, or what the backends
   * said where none of them has it.
   */
  async #prepare(
    need: NotReady,
    deadlineAt: number
  ): Promise<{ error?: unknown; absent?: KitError | undefined }> {
    let timer: NodeJS.Timeout | undefined
    const controller = abortController()
    const deadline = new Promise<never>((_, reject) => {
      const expire = (): void => {
        const limit = `${this.#options.deadlineMs / 1000} s (${this.#served.asked()})`
        reject(new KitError('TIMEOUT', `${need.what} did not come within ${limit}`))
      }
      timer = setTimeout(expire, Math.max(0, deadlineAt - performance.now()))
    })
    try {
      const prepared = this.#served.prepare(need, controller.signal)
      return { absent: await Promise.race([prepared, deadline]) }
    } catch (error) {
      return { error }
    } finally {
      clearTimeout(timer)
      controller.abort(new KitError('ABORTED', 'nobody waits for it'))
    }
  }

  #errnoOf(error: unknown, what: () => string): number {
    if (error instanceof ErrnoError) return error.errno
    this.#failures.note(error, what)
    return ERRNO[toKitError(error).code]
  }

  getattr: FuseOperations['getattr'] = (path, done) =>
    this.#answer(
      'getattr',
      path,
      () => statOf(this.#served.vfs.getattr(this.#nodes.find(path)), this.#options),
      done
    )

  readdir: FuseOperations['readdir'] = (path, done) =>
    this.#answer(
      'readdir',
      path,
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
      path,
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
      path,
      () => {
        if ((flags & O_ACCMODE) !== 0) throw new ErrnoError(EROFS)
        const id = this.#nodes.find(path)
        this.#served.vfs.inodes.hold(id)
        this.#served.vfs.noteOpen(id)
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

  read: FuseOperations['read'] = (path, handle, into, length, position, done) =>
    this.#answer(
      'read',
      path,
      () => {
        const id = this.#handles.get(handle)
        if (id === undefined) throw new KitError('BAD_HANDLE', `no file is open as ${handle}`)
        if (!Number.isSafeInteger(position)) throw new ErrnoError(EINVAL)
        return this.#served.vfs.read(id, position, into, 0, length)
      },
      (error, count) => done(count ?? error)
    )

  statfs: FuseOperations['statfs'] = (path, done) =>
    this.#answer(
      'statfs',
      path,
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
          // Nothing uses up the numbers of files, so `df -i` is to show 0 %.
          ffree: Math.min(objects, MAX_BLOCKS),
          favail: Math.min(objects, MAX_BLOCKS),
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
      path,
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
