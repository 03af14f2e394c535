/** Modes of files as Go numbers them: permissions as on Unix, the other bits elsewhere. */

const SETUID = 1 << 23
const SETGID = 1 << 22
const STICKY = 1 << 20

/** Returns the twelve bits of Unix. */
export const unixMode = (mode: number): number =>
  (mode & 0o777) |
  ((mode & SETUID) === 0 ? 0 : 0o4000) |
  ((mode & SETGID) === 0 ? 0 : 0o2000) |
  ((mode & STICKY) === 0 ? 0 : 0o1000)

const TYPES = { file: 0, directory: 2 ** 31, symlink: 1 << 27 } as const

/** Returns what Go makes of the twelve bits of Unix, and of a type. */
export const goMode = (mode: number, type: keyof typeof TYPES): number =>
  TYPES[type] +
  (mode & 0o777) +
  ((mode & 0o4000) === 0 ? 0 : SETUID) +
  ((mode & 0o2000) === 0 ? 0 : SETGID) +
  ((mode & 0o1000) === 0 ? 0 : STICKY)
