/** Writes files that survive a crash: temporary name, fsync, rename, fsync of the folder. */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats
} from 'node:fs'
import { dirname } from 'node:path'
import { KitError, systemCode, toKitError } from './errors.js'
import { noFile, openFailure } from './read-file.js'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_TRUNC, O_WRONLY } = constants

/** How a file of a home is opened; all but `change` create it. */
const OWN_FLAGS = {
  append: O_WRONLY | O_CREAT | O_APPEND,
  replace: O_WRONLY | O_CREAT | O_TRUNC,
  create: O_WRONLY | O_CREAT | O_EXCL,
  keep: O_RDWR | O_CREAT,
  change: O_RDWR
} as const

/**
 * Opens a file of a home for writing, never through a link, by which somebody else could make this
 * process write to any file of its user, nor into a pipe, whose other end it would wait for.
 * @throws ACCESS_DENIED for a link; IO for what is no file.
 */
export function openOwn(path: string, how: keyof typeof OWN_FLAGS, mode = 0o600): number {
  try {
    const fd = openSync(path, OWN_FLAGS[how] | O_NOFOLLOW | O_NONBLOCK, mode)
    if (fstatSync(fd).isFile()) return fd
    closeSync(fd)
    throw noFile(path, 'try again', 'IO')
  } catch (cause) {
    const code = systemCode(cause)
    if (code === 'EISDIR' || code === 'EACCES' || code === 'ENXIO')
      throw openFailure(path, 'try again', cause)
    if (code !== 'ELOOP') throw cause
    const message = `${path} is a link, which is not followed; put the file itself there, or remove the link`
    throw new KitError('ACCESS_DENIED', message, { cause })
  }
}

/** Returns whether a folder exists that this process may not write to. */
export function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return false
  } catch (error) {
    return ['EROFS', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '')
  }
}

/** Makes the entries of a folder durable. */
export const fsyncDir = (path: string): void => syncFile(path)

/** Opens a file only to sync it. */
export function syncFile(path: string): void {
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
  const fd = openOwn(path, 'replace', mode)
  try {
    for (const part of parts) writeFully(fd, part)
    finish(fd)
  } finally {
    closeSync(fd)
  }
}

/** Replaces a file atomically: readers, and a crash, see either the old or the new bytes. */
export const replaceFile = (path: string, bytes: Uint8Array, mode = 0o600): void =>
  replaceBy(path, bytes, mode, fsyncSync)

function replaceBy(
  path: string,
  bytes: Uint8Array,
  mode: number,
  finish: (fd: number) => void
): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeParts(temporary, [bytes], mode, finish)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  fsyncDir(dirname(path))
}

/**
 * Replaces a file that is somebody's to read, as `replaceFile` does; mode and owner stay.
 * @throws ACCESS_DENIED where this user may not give it back to its owner.
 */
export function replaceContent(path: string, bytes: Uint8Array): void {
  const before = ifPresent(() => statSync(path))
  if (before === undefined) return replaceFile(path, bytes)
  replaceBy(path, bytes, 0o600, (fd) => {
    const { uid, gid } = fstatSync(fd)
    if (uid !== before.uid || gid !== before.gid) giveTo(before, fd, path)
    fchmodSync(fd, before.mode & 0o777)
    fsyncSync(fd)
  })
}

function giveTo({ uid, gid }: Stats, fd: number, path: string): void {
  try {
    fchownSync(fd, uid, gid)
  } catch (cause) {
    const message = `${path} belongs to another user or group (uid ${uid}, gid ${gid}); change it as that user`
    throw new KitError('ACCESS_DENIED', message, { cause })
  }
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
    makeSubfolder(path)
  }
}

/** Creates a private folder in one that is there; an existing one is left alone. @throws PATH_NOT_FOUND where the parent is gone. */
export function makeSubfolder(path: string): void {
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
