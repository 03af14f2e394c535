/**
 * How files are opened. With passthrough the kernel reads a verified contiguous file by itself:
 * its OPEN is answered with the id of a backing file. Without it the first OPEN is answered
 * with ENOSYS, and the kernel opens and closes by itself from then on, without asking.
 *
 * The kernel allows one way at a time for each inode, so ids and counts of opens are shared by
 * all threads of a mount.
 */
import { closeSync, fstatSync, openSync } from 'node:fs'
import { isKitError } from '../../../core/errors.js'
import { withLock } from '../../../core/spin-lock.js'
import { libcFunction } from '../../../core/native.js'
import type { OpenMode } from '../../driver.js'

const BACKING_OPEN = 0x4010e501
const BACKING_CLOSE = 0x4004e502

// Words of the shared memory; from FIRST on three words for each node.
const LOCK = 0
const STATE = 1
const FIRST = 2
const PER_NODE = 3

// Words of a node.
const BACKING = 0
const OPENS = 1
/** Of the inode that the other two speak of: an id is given to another one when it is free. */
const GENERATION = 2

/** What STATE says of passthrough; 0 until INIT. */
const REFUSED = 1
const OFFERED = 2
const WORKS = 3

export type OpenFilesMemory = SharedArrayBuffer

/** @param nodes the most nodes a mount has at a time. */
export const reserveOpenFiles = (nodes: number): OpenFilesMemory =>
  new SharedArrayBuffer((FIRST + PER_NODE * (nodes + 1)) * 4)

/** The ways to open a file: by nobody, by our own answers, by the kernel from a backing file. */
export type Opened = 'unasked' | 'cached' | { readonly backing: number }

export class OpenFiles {
  readonly #words: Int32Array
  readonly #wanted: OpenMode
  #fd = -1

  constructor(memory: OpenFilesMemory, wanted: OpenMode) {
    this.#words = new Int32Array(memory)
    this.#wanted = wanted
  }

  /** The descriptor of the mount, once there is one. */
  attach(fd: number): void {
    this.#fd = fd
  }

  /** INIT: whether to ask the kernel for passthrough. */
  negotiate(offered: boolean): boolean {
    const wanted = offered && this.#wanted !== 'none'
    Atomics.store(this.#words, STATE, wanted ? OFFERED : REFUSED)
    if (!wanted) Atomics.notify(this.#words, STATE)
    return wanted
  }

  /**
   * After the answer to INIT: try it with a file of our own. It needs CAP_SYS_ADMIN, and a
   * file system that may be stacked upon.
   */
  probe(path: string): void {
    if (Atomics.load(this.#words, STATE) !== OFFERED) return
    const backing = this.#register(path, undefined)
    if (backing > 0) this.#unregister(backing)
    Atomics.store(this.#words, STATE, backing > 0 ? WORKS : REFUSED)
    Atomics.notify(this.#words, STATE)
  }

  /** Whether the kernel asks before it opens a file. */
  get areOpened(): boolean {
    return Atomics.load(this.#words, STATE) === WORKS
  }

  /** What was found out, as `status` says it; waits until INIT is done with. */
  async mode(): Promise<'passthrough' | 'none'> {
    for (;;) {
      const state = Atomics.load(this.#words, STATE)
      if (state === WORKS) return 'passthrough'
      if (state === REFUSED) return 'none'
      await Atomics.waitAsync(this.#words, STATE, state, 1000).value
    }
  }

  /**
   * Open a node once more. The lock is never held while a disk is asked: one that hangs must
   * not stop the others.
   * @param generation of the inode that the id stands for now.
   * @param contiguous path and size of the file that holds its bytes, where there is one.
   */
  open(
    node: number,
    generation: number,
    contiguous: () => { readonly path: string; readonly size: number } | undefined
  ): Opened {
    const state = Atomics.load(this.#words, STATE)
    if (state === REFUSED) return 'unasked'
    const known = this.#openAgain(node, generation)
    if (known !== undefined) return known
    const file = state === WORKS ? contiguous() : undefined
    const backing = file === undefined ? 0 : this.#register(file.path, file.size)
    return this.#openFirst(node, generation, backing)
  }

  /** One more open of a node that is open; undefined where it is not. */
  #openAgain(node: number, generation: number): Opened | undefined {
    const at = FIRST + node * PER_NODE
    return withLock(this.#words, LOCK, () => {
      if (this.#words[at + OPENS] === 0 || this.#words[at + GENERATION] !== generation)
        return undefined
      this.#words[at + OPENS]! += 1
      return asOpened(this.#words[at + BACKING]!)
    })
  }

  /** The first open, unless another thread was faster: all opens of a node go the same way. */
  #openFirst(node: number, generation: number, backing: number): Opened {
    const at = FIRST + node * PER_NODE
    let needless = 0
    const opened = withLock(this.#words, LOCK, () => {
      const isOpen = this.#words[at + OPENS] !== 0 && this.#words[at + GENERATION] === generation
      needless = isOpen ? backing : this.#words[at + BACKING]!
      if (!isOpen) {
        this.#words[at + BACKING] = backing
        this.#words[at + OPENS] = 0
        this.#words[at + GENERATION] = generation
      }
      this.#words[at + OPENS]! += 1
      return asOpened(this.#words[at + BACKING]!)
    })
    if (needless > 0) this.#unregister(needless)
    return opened
  }

  /** A node that `open` opened was closed. The last close gives the backing file back. */
  release(node: number): void {
    const at = FIRST + node * PER_NODE
    const last = withLock(this.#words, LOCK, () => {
      if (this.#words[at + OPENS] === 0) return 0
      this.#words[at + OPENS]! -= 1
      if (this.#words[at + OPENS] !== 0) return 0
      const backing = this.#words[at + BACKING]!
      this.#words[at + BACKING] = 0
      return backing
    })
    if (last > 0) this.#unregister(last)
  }

  /** @returns the backing id, 0 where the file is not to be had this way. */
  #register(path: string, size: number | undefined): number {
    let fd: number
    try {
      fd = openSync(path, 'r')
    } catch {
      // Whoever reads it our own way says what is wrong with it.
      return 0
    }
    try {
      // A file that was cut short would be read short; our own answers say EIO.
      if (size !== undefined && fstatSync(fd).size !== size) return 0
      const map = Buffer.alloc(16)
      map.writeInt32LE(fd, 0)
      return Math.max(0, this.#ioctl(BACKING_OPEN, map))
    } finally {
      closeSync(fd)
    }
  }

  #unregister(backing: number): void {
    const id = Buffer.alloc(4)
    id.writeInt32LE(backing, 0)
    this.#ioctl(BACKING_CLOSE, id)
  }

  #ioctl(request: number, argument: Buffer): number {
    try {
      const ioctl = libcFunction('int ioctl(int fd, unsigned long request, void *argument)')
      return ioctl(this.#fd, request, argument) as number
    } catch (error) {
      if (isKitError(error, 'UNSUPPORTED')) return -1
      throw error
    }
  }
}

const asOpened = (backing: number): Opened => (backing > 0 ? { backing } : 'cached')
