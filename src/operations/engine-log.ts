/** Reads the end of the log of this engine, which the process is that runs it. */
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { KitError, systemCode } from '../core/errors.js'
import type { Operation } from './operation.js'

export interface EngineLogRequest {
  /** Most lines. */
  readonly limit: number
}

export interface EngineLogResult {
  /** The file; null where the engine logs elsewhere, as under systemd, whose journal has it. */
  readonly path: string | null
  /** The last lines, the oldest first. */
  readonly lines: readonly string[]
}

/** Bytes that are read at most. */
const MOST = 256 << 10

export const engineLog: Operation<EngineLogRequest, EngineLogResult> = async (
  { home },
  { limit }
) => {
  try {
    const path = await newestIn(join(home, 'run'))
    if (path === undefined) return { path: null, lines: [] }
    return { path, lines: (await endOf(path)).split('\n').filter(Boolean).slice(-limit) }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { path: null, lines: [] }
    throw new KitError('IO', `the log of the engine cannot be read in ${home}/run`, {
      cause: error
    })
  }
}

/** An engine that was started for a mount logs into a file of that mount; an older file is of an earlier engine. */
async function newestIn(folder: string): Promise<string | undefined> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log'))
  const dated = await Promise.all(
    logs.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs }))
  )
  const [newest] = dated.sort((a, b) => b.at - a.at)
  return newest === undefined || newest.at < performance.timeOrigin
    ? undefined
    : join(folder, newest.name)
}

async function endOf(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const from = Math.max(0, size - MOST)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), { position: from })
    const text = buffer.toString('utf8', 0, bytesRead)
    // The first line may have lost its beginning.
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await file.close()
  }
}
