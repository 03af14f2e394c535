/** Exports a DAG as CARv1, to a file or as a stream of bytes. */
import { closeSync, existsSync, fchmodSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { exportCar } from '../content/car-export.js'
import { KitError } from '../core/errors.js'
import { fsyncDir, writeFully } from '../core/fs-durable.js'
import { PRIVATE_FILE, renameToNew, temporaryBeside, usualMode } from '../core/new-file.js'
import { Pieces } from '../core/pieces.js'
import type { Operation } from './operation.js'
import { throwIfAborted, type Run } from './run.js'
import { sizeHint, totalOf } from './size-hint.js'
import type { Services } from './services.js'
import { target } from './target.js'

export interface CarExportRequest {
  /** CIDPATH. */
  readonly path: string
}

export interface CarExportToRequest extends CarExportRequest {
  /** The file to make, which must not exist. */
  readonly output: string
}

export interface CarExportResult {
  readonly output: string
  readonly bytes: number
}

/**
 * Yields the bytes of the archive in pieces of about 1 MiB; each belongs to the caller.
 * @throws BLOCK_NOT_FOUND for a DAG with missing blocks, INTEGRITY for a damaged block.
 */
export async function* carExport(
  services: Services,
  { path }: CarExportRequest,
  run: Run
): AsyncGenerator<Uint8Array, void, undefined> {
  const view = await services.openContent(false, run)
  try {
    const { cid } = await target(view, services, path)
    const total = totalOf(sizeHint(view, cid))
    for (const piece of inPieces(exportCar(cid, view.reader))) {
      run.progress({ what: 'exporting', bytes: piece.length, ...total })
      yield piece
      await turn()
      throwIfAborted(run)
    }
  } finally {
    await view.close()
  }
}

/**
 * Writes the archive to a file, completely and durably, or leaves none.
 * @throws EXISTS, NO_SPACE, and what `carExport` throws.
 */
export const carExportTo: Operation<CarExportToRequest, CarExportResult> = async (
  services,
  { path, output },
  run
) => {
  const out = resolve(output)
  if (existsSync(out)) throw new KitError('EXISTS', `${out} exists already; choose another name`)
  const temporary = temporaryBeside(out)
  // From here on signals are waited for: one that came unnoticed would leave the file behind.
  throwIfAborted(run)
  const fd = openSync(temporary, 'wx', PRIVATE_FILE)
  let present = temporary
  let bytes = 0
  try {
    for await (const piece of carExport(services, { path }, run)) {
      writeFully(fd, piece)
      bytes += piece.length
    }
    fchmodSync(fd, usualMode('file'))
    fsyncSync(fd)
    renameToNew(temporary, out)
    present = out
    fsyncDir(dirname(out))
  } catch (error) {
    rmSync(present, { force: true })
    throw error
  } finally {
    closeSync(fd)
  }
  return { output: out, bytes }
}

function* inPieces(parts: Iterable<Uint8Array>): Generator<Uint8Array, void, undefined> {
  const pieces = new Pieces()
  for (const part of parts) yield* pieces.add(part)
  yield* pieces.rest()
}
