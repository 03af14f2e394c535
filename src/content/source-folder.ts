/**
 * Folders of this machine that are added. Somebody else may own one, and exchange what is in it while
 * it is walked. So entries are opened below the open folder, without following links and without
 * waiting for pipes, and what was opened is looked at before it is read.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  type Stats
} from 'node:fs'
import { bufferOf } from '../core/bytes.js'
import { KitError, systemCode } from '../core/errors.js'
import { pathError, withPath } from '../core/path-error.js'
import { printable } from '../core/printable.js'

/** Something to add. */
export interface Source {
  /** Its path for the system, which leads through the open folder that it is in. */
  readonly at: Buffer
  /** Its path for people. */
  readonly path: Uint8Array
  /** What it was when it was listed, where somebody else could exchange it since. */
  readonly listed: Identity | undefined
}

/** What makes a file the same file. */
type Identity = Pick<Stats, 'dev' | 'ino'>

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_DIRECTORY } = constants
const OPEN_FILE = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
const OPEN_FOLDER = OPEN_FILE | O_DIRECTORY
/** What opening says of links, sockets and others that are not followed or opened. */
const CHANGED: ReadonlySet<string | undefined> = new Set(['ELOOP', 'ENXIO', 'ENODEV', 'ENOTDIR'])
const WRITABLE_BY_OTHERS = 0o022

/** Where open descriptors are paths; undefined on systems without. */
const DESCRIPTORS = existsSync('/proc/self/fd') ? '/proc/self/fd' : undefined

/** Opens a regular file. @throws STALE where it has become something else, and what opening throws. */
export const openFile = (source: Source): number =>
  openAs(source, OPEN_FILE, (stat) => stat.isFile())

function openAs(source: Source, flags: number, isKind: (stat: Stats) => boolean): number {
  const { at, path, listed } = source
  let fd: number
  try {
    fd = openSync(at, flags)
  } catch (error) {
    throw CHANGED.has(systemCode(error)) ? changed(path) : pathError(error, path)
  }
  const stat = fstatSync(fd)
  const isSame = listed === undefined || (stat.ino === listed.ino && stat.dev === listed.dev)
  if (isKind(stat) && isSame) return fd
  closeSync(fd)
  throw changed(path)
}

const changed = (path: Uint8Array): KitError =>
  new KitError(
    'STALE',
    `${printable(path)} was exchanged for something else while it was added; nothing of it is taken, add it again`
  )

export class SourceFolder {
  /** Its path for people, and for the system. */
  readonly path: Uint8Array
  readonly at: Buffer
  readonly #fd: number
  /** Whether somebody else than its reader and root can exchange its entries. */
  readonly #isForeign: boolean

  /** @throws STALE where it has become something else, and what opening throws. */
  constructor(source: Source) {
    this.path = source.path
    this.#fd = openAs(source, OPEN_FOLDER, (stat) => stat.isDirectory())
    this.at = DESCRIPTORS === undefined ? source.at : Buffer.from(`${DESCRIPTORS}/${this.#fd}`)
    const { uid, mode } = fstatSync(this.#fd)
    const isOwn = uid === process.geteuid?.() || uid === 0
    this.#isForeign = !isOwn || (mode & WRITABLE_BY_OTHERS) !== 0
  }

  /** Returns the metadata of the folder itself. */
  stat() {
    return fstatSync(this.#fd, { bigint: true })
  }

  /** Returns the identity of an entry, to be kept from listing it until it is opened. */
  identityOf(name: Uint8Array): Identity | undefined {
    if (!this.#isForeign) return undefined
    const { dev, ino } = withPath(joined(this.path, name), () => lstatSync(joined(this.at, name)))
    return { dev, ino }
  }

  /** Returns an entry as a source. */
  entry(name: Uint8Array, listed: Identity | undefined): Source {
    return { at: joined(this.at, name), path: joined(this.path, name), listed }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

const SLASH = Buffer.from('/')

const joined = (folder: Uint8Array, name: Uint8Array): Buffer =>
  Buffer.concat([bufferOf(folder), SLASH, bufferOf(name)])
