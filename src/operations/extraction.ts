/** Extracts a DAG as files, folders and links. Nothing is written outside the output. */
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import type { NodeStat } from '../core/node-stat.js'
import { isShowable } from '../content/dir-table.js'
import { bufferOf, copyOf } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { writeFully } from '../core/fs-durable.js'
import { setTimes } from '../core/native.js'
import type { ContentView } from './content-view.js'
import { throwIfAborted, type Run } from './run.js'

const BUFFER_BYTES = 1 << 20
/** Bytes of Linux' PATH_MAX without its NUL. */
const MAX_PATH = 4095

export class Extraction {
  readonly #view: ContentView
  readonly #run: Run
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES)

  constructor(view: ContentView, run: Run) {
    this.#view = view
    this.#run = run
  }

  /**
   * Extracts a node and everything below it to a path that must not exist.
   * @throws NAME_TOO_LONG, UNSUPPORTED, NO_SPACE, and what reading it throws.
   */
  async extract(cid: Cid, out: Buffer): Promise<void> {
    await turn()
    if (out.length > MAX_PATH)
      throw new KitError(
        'NAME_TOO_LONG',
        `${cid} would lie at a path of more than ${MAX_PATH} bytes; get a folder below, or choose a shorter -o`
      )
    throwIfAborted(this.#run)
    const stat = await this.#view.whenReady(() => this.#view.content.stat(cid))
    if (stat.type === 'directory') await this.#directory(cid, out)
    else if (stat.type === 'symlink') this.#symlink(cid, out)
    else await this.#file(cid, out)
    restore(out, stat)
  }

  /**
   * Creates the link with its text unchanged. Links are never followed, so nothing is written
   * outside the output.
   */
  #symlink(cid: Cid, out: Buffer): void {
    const target = bufferOf(this.#view.content.readlink(cid))
    if (target.length === 0 || target.includes(0))
      throw new KitError('UNSUPPORTED', `${cid} is a symlink whose text no file system takes`)
    symlinkSync(target, out)
  }

  async #directory(cid: Cid, out: Buffer): Promise<void> {
    mkdirSync(out)
    const directory = await this.#view.whenReady(() => this.#view.content.directory(cid))
    const entries = Array.from({ length: directory.count }, (_, i) => i)
      .filter((i) => !directory.isDuplicate(i))
      .map((i) => ({ name: copyOf(directory.name(i)), cid: directory.cid(i) }))
    for (const { name, cid: child } of entries) {
      if (!isShowable(name, 0, name.length)) continue
      await this.extract(child, Buffer.concat([out, Buffer.from('/'), name]))
    }
  }

  async #file(cid: Cid, out: Buffer): Promise<void> {
    const fd = openSync(out, 'wx')
    try {
      for (let position = 0; ;) {
        const n = await this.#view.whenReady(() =>
          this.#view.content.read(cid, position, this.#buffer, 0, BUFFER_BYTES)
        )
        if (n === 0) break
        writeFully(fd, this.#buffer.subarray(0, n))
        this.#run.progress({ what: 'getting', bytes: n })
        position += n
        await turn()
        throwIfAborted(this.#run)
      }
    } finally {
      closeSync(fd)
    }
  }
}

/**
 * Restores mode and time where the DAG has them. A folder is restored last, as filling it changes
 * its time.
 */
function restore(out: Buffer, { type, mode, mtime }: NodeStat): void {
  if (mode !== undefined && type !== 'symlink') chmodSync(out, mode & 0o777)
  if (mtime !== undefined) setTimes(out, mtime)
}
