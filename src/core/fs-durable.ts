/** Writing files so that what was acknowledged survives a crash: temporary name, fsync, rename, fsync of the folder. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync
} from 'node:fs'
import { dirname } from 'node:path'
import { systemCode, toKitError } from './errors.js'

/** Make a folder's entries durable. */
export function fsyncDir(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

export function writeFully(fd: number, bytes: Uint8Array, position: number | null = null): void {
  for (let at = 0; at < bytes.length;) {
    const where = position === null ? null : position + at
    at += writeSync(fd, bytes, at, bytes.length - at, where)
  }
}

/** Write a new file and fsync it. The caller makes its name durable. */
export const writeFileDurable = (path: string, parts: readonly Uint8Array[], mode = 0o600): void =>
  writeParts(path, parts, mode, fsyncSync)

/** Write a new file that may be lost: derived data that checks itself when it is read. */
export const writeDerivedFile = (path: string, parts: readonly Uint8Array[]): void =>
  writeParts(path, parts, 0o600, () => undefined)

function writeParts(
  path: string,
  parts: readonly Uint8Array[],
  mode: number,
  finish: (fd: number) => void
): void {
  const fd = openSync(path, 'w', mode)
  try {
    for (const part of parts) writeFully(fd, part)
    finish(fd)
  } finally {
    closeSync(fd)
  }
}

/** Replace a file in one step: a reader sees the old bytes or the new, a crash leaves one of them. */
export function replaceFile(path: string, bytes: Uint8Array, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileDurable(temporary, [bytes], mode)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  fsyncDir(dirname(path))
}

/** Make a private folder, its parents too; one that is there is left as it is. */
export function makeDir(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    const parent = dirname(path)
    // Not mkdirSync's own recursion: it never ends where ENOENT is for ever, as below /proc.
    if (code !== 'ENOENT' || parent === path) throw toKitError(error)
    makeDir(parent)
    makeLast(path)
  }
}

function makeLast(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw toKitError(error)
  }
}

/** Run `action`; undefined where it fails because the file is not there. */
export function ifPresent<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
