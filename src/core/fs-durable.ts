/** Writes files that survive a crash: temporary name, fsync, rename, fsync of the folder. */
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

/** Makes the entries of a folder durable. */
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

/** Writes a new file and fsyncs it. The caller makes its name durable. */
export const writeFileDurable = (path: string, parts: readonly Uint8Array[], mode = 0o600): void =>
  writeParts(path, parts, mode, fsyncSync)

/** Writes a new file without fsync, for derived data with a checksum, which may be lost. */
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

/** Replaces a file atomically: readers, and a crash, see either the old or the new bytes. */
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

/** Creates a private folder and its parents; an existing one is left alone. */
export function makeDir(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    const parent = dirname(path)
    // mkdirSync's own recursion never ends below /proc, where every mkdir fails with ENOENT.
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

/** Runs `action` and returns undefined if it fails with ENOENT. */
export function ifPresent<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
