/**
 * Extracts a DAG as files, folders and links. Nothing is written outside the output, and nobody else
 * reads or enters what is not complete.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  statfsSync,
  symlinkSync
} from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import type { NodeStat } from '../core/node-stat.js'
import { isShowable } from '../content/dir-table.js'
import { bufferOf, copyOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { writeFully } from '../core/fs-durable.js'
import { setTimes } from '../core/native.js'
import { PRIVATE_FILE, PRIVATE_FOLDER, usualMode } from '../core/new-file.js'
import { withPath } from '../core/path-error.js'
import { printable } from '../core/printable.js'
import type { ContentView } from './content-view.js'
import { throwIfAborted, type Run } from './run.js'
import { totalOf } from './size-hint.js'

const BUFFER_BYTES = 1 << 20
/** Size in bytes of a file from which on the room for it is looked at. */
const CHECKED_SIZE = 16 << 20
/** Bytes of Linux' PATH_MAX without its NUL. */
const MAX_PATH = 4095

export class Extraction {
  readonly #view: ContentView
  readonly #run: Run
  readonly #total: { readonly total?: number }
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES)

  /** @param total bytes to come, for progress, where that is known. */
  constructor(view: ContentView, run: Run, total?: number) {
    this.#view = view
    this.#run = run
    this.#total = totalOf(total)
  }

  /**
   * Extracts a node and everything below it to a path that must not exist.
   * @throws NAME_TOO_LONG, UNSUPPORTED, NO_SPACE, and what reading it throws.
   */
  extract(cid: Cid, out: Buffer): Promise<void> {
    return this.#node(cid, { path: out, at: out })
  }

  async #node(cid: Cid, place: Place): Promise<void> {
    await turn()
    if (place.path.length > MAX_PATH)
      throw new KitError(
        'NAME_TOO_LONG',
        `${cid} would lie at a path of more than ${MAX_PATH} bytes; get a folder below, or choose a shorter -o`
      )
    throwIfAborted(this.#run)
    const stat = await this.#view.whenReady(() => this.#view.content.stat(cid))
    if (stat.type === 'directory') await this.#directory(cid, place, stat)
    else if (stat.type === 'symlink') this.#symlink(cid, place)
    else await this.#file(cid, place, stat)
    const { mtime } = stat
    if (mtime !== undefined) withPath(place.path, () => setTimes(place.at, mtime))
  }

  /**
   * Creates the link with its text unchanged. Links are never followed, so nothing is written
   * outside the output.
   */
  #symlink(cid: Cid, { path, at }: Place): void {
    const target = bufferOf(this.#view.content.readlink(cid))
    if (target.length === 0 || target.includes(0))
      throw new KitError('UNSUPPORTED', `${cid} is a symlink whose text no file system takes`)
    withPath(path, () => symlinkSync(target, at))
  }

  /** Fills a folder, and gives it its mode and time last: filling it may need the one and changes the other. */
  async #directory(cid: Cid, place: Place, stat: NodeStat): Promise<void> {
    const { path, at } = place
    withPath(path, () => mkdirSync(at, { mode: PRIVATE_FOLDER }))
    const directory = await this.#view.whenReady(() => this.#view.content.directory(cid))
    const entries = Array.from({ length: directory.count }, (_, i) => i)
      .filter((i) => !directory.isDuplicate(i))
      .map((i) => ({ name: copyOf(directory.name(i)), cid: directory.cid(i) }))
    const fd = path === at ? anchor(place) : undefined
    try {
      const inside = fd === undefined ? at : Buffer.from(`${DESCRIPTORS}/${fd}`)
      for (const { name, cid: child } of entries)
        if (isShowable(name, 0, name.length))
          await this.#node(child, { path: below(path, name), at: below(inside, name) })
      withPath(path, () => chmodSync(inside, modeOf(stat, 'directory')))
    } finally {
      if (fd !== undefined) closeSync(fd)
    }
  }

  async #file(cid: Cid, { path, at }: Place, stat: NodeStat): Promise<void> {
    const fd = withPath(path, () => openSync(at, 'wx', PRIVATE_FILE))
    try {
      checkRoom({ path, at }, stat.size)
      for (let position = 0; ;) {
        const n = await this.#view.whenReady(() =>
          this.#view.content.read(cid, position, this.#buffer, 0, BUFFER_BYTES)
        )
        if (n === 0) break
        withPath(path, () => writeFully(fd, this.#buffer.subarray(0, n)))
        this.#run.progress({ what: 'getting', bytes: n, ...this.#total })
        position += n
        await turn()
        throwIfAborted(this.#run)
      }
      withPath(path, () => fchmodSync(fd, modeOf(stat, 'file')))
    } finally {
      closeSync(fd)
    }
  }
}

/** Refuses what cannot fit before the disk is filled with its beginning. @throws NO_SPACE. */
function checkRoom({ path, at }: Place, size: number): void {
  if (size < CHECKED_SIZE) return
  const { bavail, bsize } = withPath(path, () => statfsSync(at))
  if (size > bavail * bsize)
    throw new KitError(
      'NO_SPACE',
      `${printable(path)} would have ${size} bytes, and ${bavail * bsize} are free; choose another disk with -o`
    )
}

/** Where something is extracted to. */
interface Place {
  /** Its path for people. */
  readonly path: Buffer
  /** Its path for the system, which below the outermost folder leads through that one's descriptor. */
  readonly at: Buffer
}

const DESCRIPTORS = '/proc/self/fd'
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants

/**
 * Opens the outermost folder: paths through its descriptor lead into it for ever, also where somebody
 * else owns the folder that it is in. @returns undefined on systems without such paths.
 */
const anchor = ({ path, at }: Place): number | undefined =>
  existsSync(DESCRIPTORS)
    ? withPath(path, () => openSync(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
    : undefined

/** Returns the mode of the DAG, without setuid and its kin, or the usual one. */
const modeOf = ({ mode }: NodeStat, type: 'file' | 'directory'): number =>
  mode === undefined ? usualMode(type) : mode & 0o777

const below = (folder: Buffer, name: Uint8Array): Buffer =>
  Buffer.concat([folder, Buffer.from('/'), name])
