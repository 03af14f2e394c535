/** `get`: a file or folder out of the store, onto the disk. */
import {
  closeSync,
  existsSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync
} from 'node:fs'
import { randomUUID } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { NodeStat } from '../../content/content.js'
import { isShowable } from '../../content/dir-table.js'
import type { Cid } from '../../core/cid.js'
import { bufferOf, copyOf, textOf } from '../../core/bytes.js'
import { KitError } from '../../core/errors.js'
import { ifPresent, writeFully } from '../../core/fs-durable.js'
import { setTimes } from '../../core/native.js'
import { removeTree } from '../../core/remove-tree.js'
import { printable } from '../../core/printable.js'
import { valueOf, type Context, type ContentView } from '../context.js'
import type { Progress } from '../progress.js'
import { upstreamOptions } from '../remote.js'
import { findTarget } from '../target.js'

const BUFFER = 1 << 20
/** PATH_MAX without its NUL. */
const MAX_PATH = 4095

/** OUT is made under a temporary name beside it and renamed when complete: all of it, or nothing. */
export async function run(context: Context): Promise<void> {
  const reading = context.services.openReading(context.home, upstreamOptions(context))
  try {
    await save(context, reading)
  } finally {
    await reading.close()
  }
}

async function save(context: Context, reading: ContentView): Promise<void> {
  const { cid, path } = await reading.fetched(() => findTarget(context.args[0]!, reading))
  const last = path.names.at(-1)
  const out = resolve(
    valueOf(context, 'output') ?? (last === undefined ? String(path.root) : nameFor(last))
  )
  if (valueOf(context, 'output') === '-')
    throw new KitError('USAGE', '-o names what to make; `ipfs-kit cat` writes to stdout')
  if (ifPresent(() => lstatSync(out)) !== undefined)
    throw new KitError(
      'EXISTS',
      `${printable(Buffer.from(out))} exists already; choose another name with -o`
    )
  if (!existsSync(dirname(out)))
    throw new KitError('PATH_NOT_FOUND', `the folder ${dirname(out)} does not exist`)
  const temporary = Buffer.from(join(dirname(out), `.ipfs-kit-${randomUUID()}.tmp`))
  const progress = context.progress('getting')
  try {
    await new Extraction(context, reading, progress).extract(cid, temporary)
    renameSync(temporary, out)
  } catch (error) {
    removeTree(temporary)
    throw error
  } finally {
    progress.end()
  }
  context.note(`saved ${printable(Buffer.from(out))}`)
}

function nameFor(name: Uint8Array): string {
  const text = textOf(name)
  if (text === undefined)
    throw new KitError('INVALID_ARGUMENT', `"${printable(name)}" is not UTF-8; give a name with -o`)
  return text
}

/** Mode and time, where the DAG has them. A folder's come last: filling it changed its time. */
function restore(out: Buffer, { type, mode, mtime }: NodeStat): void {
  if (mode !== undefined && type !== 'symlink') chmodSync(out, mode & 0o777)
  if (mtime === undefined) return
  setTimes(out, mtime)
}

class Extraction {
  readonly #context: Context
  readonly #reading: ContentView
  readonly #progress: Progress
  readonly #buffer = Buffer.allocUnsafe(BUFFER)

  constructor(context: Context, reading: ContentView, progress: Progress) {
    this.#context = context
    this.#reading = reading
    this.#progress = progress
  }

  async extract(cid: Cid, out: Buffer): Promise<void> {
    await turn()
    if (out.length > MAX_PATH)
      throw new KitError(
        'NAME_TOO_LONG',
        `${cid} would lie at a path of more than ${MAX_PATH} bytes; get a folder below, or choose a shorter -o`
      )
    if (this.#context.signal.aborted) throw new KitError('ABORTED', 'interrupted')
    const stat = await this.#reading.fetched(() => this.#reading.content.stat(cid))
    if (stat.type === 'directory') await this.#directory(cid, out)
    else if (stat.type === 'symlink') this.#symlink(cid, out)
    else await this.#file(cid, out)
    restore(out, stat)
  }

  /** A link is made as the text it is, never followed, so nothing is written outside OUT. */
  #symlink(cid: Cid, out: Buffer): void {
    const target = bufferOf(this.#reading.content.readlink(cid))
    if (target.length === 0 || target.includes(0))
      throw new KitError('UNSUPPORTED', `${cid} is a symlink whose text no file system takes`)
    symlinkSync(target, out)
  }

  async #directory(cid: Cid, out: Buffer): Promise<void> {
    mkdirSync(out)
    const directory = await this.#reading.fetched(() => this.#reading.content.directory(cid))
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
        const n = await this.#reading.fetched(() =>
          this.#reading.content.read(cid, position, this.#buffer, 0, BUFFER)
        )
        if (n === 0) break
        writeFully(fd, this.#buffer.subarray(0, n))
        this.#progress.add(n)
        position += n
        await turn()
        if (this.#context.signal.aborted) throw new KitError('ABORTED', 'interrupted')
      }
    } finally {
      closeSync(fd)
    }
  }
}
