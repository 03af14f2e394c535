/** The open packs and whole files of one thread, and whether each is as it was when it was sealed. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import type { Clock } from '../core/clock.js'
import { directReadAt } from '../core/direct-calls.js'
import { KitError, systemCode, toKitError } from '../core/errors.js'
import { noFile, openFailure, READ_FLAGS } from '../core/read-file.js'
import type { StoreLayout } from './layout.js'
import type { ObjectId } from './ports.js'
import { isAsSealed, type Seals } from './seals.js'

const MAX_OPEN = 128
/** How long a stat is believed: a read after that asks again, which costs two system calls. */
const BELIEVED_MS = 100

interface OpenObject {
  readonly path: string
  readonly fd: number
  /** Whether its bytes are known to be right, so that they need no hashing. */
  isSealed: boolean
  checkedAt: number
}

export class ObjectFiles {
  readonly #layout: StoreLayout
  readonly #seals: Seals
  readonly #clock: Clock
  /** In order of opening. */
  readonly #open = new Map<ObjectId, OpenObject>()

  constructor(layout: StoreLayout, seals: Seals, clock: Clock) {
    this.#layout = layout
    this.#seals = seals
    this.#clock = clock
  }

  pathOf(id: ObjectId, inFile: boolean): string {
    return inFile ? this.#layout.file(id) : this.#layout.pack(id)
  }

  /** Returns whether the bytes of an object need no hashing. @throws STALE if it is gone. */
  isSealed(id: ObjectId, inFile: boolean): boolean {
    const object = this.#object(id, inFile)
    const now = this.#clock.elapsed()
    if (now - object.checkedAt > BELIEVED_MS) {
      object.checkedAt = now
      object.isSealed = isAsSealed(this.#seals.find(id), fstatSync(object.fd))
    }
    return object.isSealed
  }

  /**
   * Returns whether the file that has the name of a whole file now can be given to the kernel. It is
   * looked at anew each time, because the kernel then reads it without us.
   */
  isSealedByName(id: ObjectId): boolean {
    try {
      return isAsSealed(this.#seals.find(id), statSync(this.#layout.file(id)))
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      return false
    }
  }

  /** Fills a part of `target` as it lies on the disk. @throws STALE, IO, ACCESS_DENIED. */
  read(
    id: ObjectId,
    inFile: boolean,
    position: number,
    target: Uint8Array,
    at: number,
    length: number
  ): number {
    const { fd, path } = this.#object(id, inFile)
    for (let done = 0; done < length;) {
      const n = readFrom(fd, path, target, at + done, length - done, position + done)
      if (n === 0) throw new KitError('IO', `${path} is cut short; ${MEND}`)
      done += n
    }
    return length
  }

  #object(id: ObjectId, inFile: boolean): OpenObject {
    const known = this.#open.get(id)
    if (known !== undefined) return known
    const opened = this.#opened(id, this.pathOf(id, inFile))
    if (this.#open.size >= MAX_OPEN) {
      const [oldest] = this.#open
      closeSync(oldest![1].fd)
      this.#open.delete(oldest![0])
    }
    this.#open.set(id, opened)
    return opened
  }

  #opened(id: ObjectId, path: string): OpenObject {
    const fd = openObject(path)
    const stat = fstatSync(fd)
    if (!stat.isFile()) {
      closeSync(fd)
      throw noFile(path, MEND, 'IO')
    }
    const isSealed = isAsSealed(this.#seals.find(id), stat)
    return { path, fd, isSealed, checkedAt: this.#clock.elapsed() }
  }

  /** The disk frees the space of files that gc removed only once all descriptors are closed. */
  closeAll(): void {
    for (const { fd } of this.#open.values()) closeSync(fd)
    this.#open.clear()
  }
}

/** What puts a damaged object right, for messages. */
export const MEND =
  'run `ipfs-kit fsck --read-data --repair`, then add or fetch again what it reports'

/** Opens an object. @throws STALE if it is gone. */
function openObject(path: string): number {
  try {
    return openSync(path, READ_FLAGS)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw openFailure(path, MEND, error)
    throw new KitError('STALE', `${path} is gone from the store; ${MEND}`, { cause: error })
  }
}

/** As readSync, for callers that know only KitErrors. @throws IO, naming the file. */
function readFrom(
  fd: number,
  path: string,
  target: Uint8Array,
  at: number,
  length: number,
  position: number
): number {
  const read = directReadAt(fd, target, at, length, position)
  if (read >= 0) return read
  // It failed, or is not made so: Node's call tells why.
  try {
    return readSync(fd, target, at, length, position)
  } catch (error) {
    throw toKitError(error, `cannot read ${path}`)
  }
}
