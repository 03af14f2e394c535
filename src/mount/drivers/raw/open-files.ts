/**
 * The opening of files. With passthrough, OPEN is answered with the id of a backing file, a verified
 * contiguous file that the kernel reads by itself. Without it, the first OPEN is answered with
 * ENOSYS, after which the kernel opens and closes files without requests.
 *
 * The kernel allows one way at a time per inode, so all threads of a mount share backing ids and
 * counts of opens.
 */
import { closeSync, fstatSync, openSync } from 'node:fs'
import { isKitError } from '../../../core/errors.js'
import { withLock } from '../../../core/spin-lock.js'
import { libcFunction } from '../../../core/native.js'
import type { OpenMode } from '../../driver.js'

const BACKING_OPEN = 0x4010e501
const BACKING_CLOSE = 0x4004e502

// Words of the shared memory; from FIRST on, three words per node.
const LOCK = 0
const STATE = 1
const FIRST = 2
const PER_NODE = 3

// Words of a node.
const BACKING = 0
const OPENS = 1
/** Generation of the inode to which the other two words belong, because node ids are reused. */
const GENERATION = 2

/** Values of STATE for passthrough; 0 until INIT. */
const REFUSED = 1
const OFFERED = 2
const WORKS = 3

export type OpenFilesMemory = SharedArrayBuffer

/** Reserves the shared memory. @param nodes maximum number of nodes of a mount. */
export const reserveOpenFiles = (nodes: number): OpenFilesMemory =>
  new SharedArrayBuffer((FIRST + PER_NODE * (nodes + 1)) * 4)

/**
 * The ways to open a file: without requests, read by our answers, or from a backing file. `first` is
 * `cached` for the first time in the node's life, when nobody can have read of it yet.
 */
export type Opened = 'unasked' | 'first' | 'cached' | { readonly backing: number }

/** One thread's view of the open files. */
export class OpenFiles {
  readonly #words: Int32Array
  readonly #wanted: OpenMode
  #fd = -1

  constructor(memory: OpenFilesMemory, wanted: OpenMode) {
    this.#words = new Int32Array(memory)
    this.#wanted = wanted
  }

  /** Sets the descriptor of the mount. */
  attach(fd: number): void {
    this.#fd = fd
  }

  /** Returns whether INIT should request passthrough. @param offered whether the kernel has it. */
  negotiate(offered: boolean): boolean {
    const wanted = offered && this.#wanted !== 'none'
    Atomics.store(this.#words, STATE, wanted ? OFFERED : REFUSED)
    if (!wanted) Atomics.notify(this.#words, STATE)
    return wanted
  }

  /**
   * Tries passthrough with a file of the store; call it after the answer to INIT. It needs
   * CAP_SYS_ADMIN, and a file system that can be stacked upon.
   */
  probe(path: string): void {
    if (Atomics.load(this.#words, STATE) !== OFFERED) return
    const backing = this.#register(path, undefined)
    if (backing > 0) this.#unregister(backing)
    Atomics.store(this.#words, STATE, backing > 0 ? WORKS : REFUSED)
    Atomics.notify(this.#words, STATE)
  }

  /** Whether the kernel sends OPEN requests, as it does with passthrough. */
  get receivesOpens(): boolean {
    return Atomics.load(this.#words, STATE) === WORKS
  }

  /** Returns the mode for `status`, once the probe after INIT has ended. */
  async mode(): Promise<'passthrough' | 'none'> {
    for (;;) {
      const state = Atomics.load(this.#words, STATE)
      if (state === WORKS) return 'passthrough'
      if (state === REFUSED) return 'none'
      await Atomics.waitAsync(this.#words, STATE, state, 1000).value
    }
  }

  /** Whether the kernel asks for no opens. */
  get isUnasked(): boolean {
    return Atomics.load(this.#words, STATE) === REFUSED
  }

  /**
   * Counts an open of a node and returns its way. The lock is not held during disk access, so that
   * a hanging disk does not stop other threads.
   * @param generation generation of the node's inode.
   * @param contiguous returns path and size of the file that holds its bytes, if there is one.
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

  /** Counts a further open of an open node; undefined if it is not open. */
  #openAgain(node: number, generation: number): Opened | undefined {
    const at = FIRST + node * PER_NODE
    return withLock(this.#words, LOCK, () => {
      if (this.#words[at + OPENS] === 0 || this.#words[at + GENERATION] !== generation)
        return undefined
      this.#words[at + OPENS]! += 1
      return asOpened(this.#words[at + BACKING]!)
    })
  }

  /** Counts the first open, or, if another thread was faster, a further one by that one's way. */
  #openFirst(node: number, generation: number, backing: number): Opened {
    const at = FIRST + node * PER_NODE
    let needless = 0
    let isFirst = false
    const opened = withLock(this.#words, LOCK, () => {
      isFirst = this.#words[at + GENERATION] !== generation
      const isOpen = this.#words[at + OPENS] !== 0 && !isFirst
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
    return isFirst && opened === 'cached' ? 'first' : opened
  }

  /** Counts a close. The last one unregisters the backing file. */
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

  /** Registers a backing file. @returns its id, 0 if the file cannot be one. */
  #register(path: string, size: number | undefined): number {
    let fd: number
    try {
      fd = openSync(path, 'r')
    } catch {
      // A read through the VFS will report the error.
      return 0
    }
    try {
      // The kernel would read a truncated file short, where the VFS answers EIO.
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
