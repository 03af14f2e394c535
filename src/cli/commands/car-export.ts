/** `car export`: a DAG as CARv1, to a file or stdout. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { exportCar } from '../../content/car-export.js'
import { KitError } from '../../core/errors.js'
import { fsyncDir, writeFully } from '../../core/fs-durable.js'
import { valueOf, type Context } from '../context.js'
import type { Progress } from '../progress.js'
import { findTarget } from '../target.js'

const BUFFER = 1 << 20

/** Small parts gathered into large writes. */
class Gather {
  readonly #write: (bytes: Uint8Array) => void | Promise<void>
  #buffer = Buffer.allocUnsafeSlow(BUFFER)
  #used = 0

  constructor(write: (bytes: Uint8Array) => void | Promise<void>) {
    this.#write = write
  }

  async add(bytes: Uint8Array): Promise<void> {
    if (this.#used + bytes.length > BUFFER) await this.flush()
    if (bytes.length > BUFFER) {
      await this.#write(bytes)
      return
    }
    this.#buffer.set(bytes, this.#used)
    this.#used += bytes.length
  }

  async flush(): Promise<void> {
    if (this.#used === 0) return
    const full = this.#buffer.subarray(0, this.#used)
    // The pipe may hold on to what it was given.
    this.#buffer = Buffer.allocUnsafeSlow(BUFFER)
    this.#used = 0
    await this.#write(full)
  }
}

export async function run(context: Context): Promise<void> {
  const reading = context.services.openReading(context.home)
  const { cid } = findTarget(context.args[0]!, reading)
  const output = valueOf(context, 'output')
  if (output === undefined && process.stdout.isTTY)
    throw new KitError(
      'USAGE',
      'an archive is not for a terminal; name a file with -o, or redirect'
    )
  const progress = context.progress('exporting')
  const parts = exportCar(cid, reading.reader)
  try {
    if (output === undefined) await pour(context, parts, progress, (bytes) => context.write(bytes))
    else await toFile(context, parts, progress, resolve(output))
  } finally {
    progress.end()
  }
}

async function pour(
  context: Context,
  parts: Iterable<Uint8Array>,
  progress: Progress,
  write: (bytes: Uint8Array) => void | Promise<void>
): Promise<void> {
  const gather = new Gather(write)
  let untilTurn = BUFFER * 4
  for (const part of parts) {
    await gather.add(part)
    progress.add(part.length)
    untilTurn -= part.length
    if (untilTurn > 0) continue
    untilTurn = BUFFER * 4
    await turn()
    if (context.signal.aborted) throw new KitError('ABORTED', 'interrupted')
  }
  await gather.flush()
}

async function toFile(
  context: Context,
  parts: Iterable<Uint8Array>,
  progress: Progress,
  path: string
): Promise<void> {
  if (existsSync(path)) throw new KitError('EXISTS', `${path} exists already; choose another name`)
  const temporary = `${path}.${process.pid}.tmp`
  const fd = openSync(temporary, 'wx')
  let named = temporary
  try {
    await pour(context, parts, progress, (bytes) => writeFully(fd, bytes))
    fsyncSync(fd)
    renameSync(temporary, path)
    named = path
    fsyncDir(dirname(path))
  } catch (error) {
    rmSync(named, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
}
