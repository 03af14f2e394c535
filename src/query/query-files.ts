/**
 * The folder of saved queries as files that programs change through a mount. Every call works on the
 * file in the home itself, so that all threads of an engine and all commands see one state.
 */
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  type BigIntStats
} from 'node:fs'
import { constants } from 'node:fs'
import { join } from 'node:path'
import { KitError, systemCode } from '../core/errors.js'
import { fsyncDir, ifPresent, makeDir, openOwn, writeFully } from '../core/fs-durable.js'
import type { NodeStat } from '../core/node-stat.js'

/** Texts of people, and what their editors lay beside them. */
const MAX_BYTES = 16 << 20
/** What a command writes before it renames it. */
const TEMPORARY = /\.\d+\.tmp$/
const ID_BYTES = 16

/** Number and time of birth: numbers alone are given again to other files. */
function idOf({ ino, birthtimeNs }: BigIntStats): Uint8Array {
  const id = Buffer.alloc(ID_BYTES)
  id.writeBigUInt64LE(ino, 0)
  id.writeBigInt64LE(birthtimeNs, 8)
  return id
}

export class QueryFiles {
  readonly #folder: string
  /** Names by id, as they were found last. */
  readonly #names = new Map<string, string>()

  /** @param folder created with the first file. */
  constructor(folder: string) {
    this.#folder = folder
  }

  list(): { readonly name: string; readonly file: QueryFile }[] {
    const names = ifPresent(() => readdirSync(this.#folder)) ?? []
    this.#names.clear()
    return names.flatMap((name) => {
      const file = TEMPORARY.test(name) ? undefined : this.find(name)
      return file === undefined ? [] : [{ name, file }]
    })
  }

  find(name: string): QueryFile | undefined {
    const stat = ifPresent(() => lstatSync(join(this.#folder, name), { bigint: true }))
    if (stat === undefined || !stat.isFile()) return undefined
    return this.#known(name, stat)
  }

  #known(name: string, stat: BigIntStats): QueryFile {
    const id = idOf(stat)
    this.#names.set(Buffer.from(id).toString('hex'), name)
    return this.file(id)
  }

  file(id: Uint8Array): QueryFile {
    return new QueryFile(id, (how) => this.#open(id, how))
  }

  /** Opens a file by its id. @throws STALE where it is gone. */
  #open(id: Uint8Array, how: 'read' | 'change'): number {
    const key = Buffer.from(id).toString('hex')
    for (const isSearched of [false, true]) {
      if (isSearched) this.list()
      const name = this.#names.get(key)
      const fd = name === undefined ? undefined : openFile(join(this.#folder, name), how)
      if (fd === undefined) continue
      if (Buffer.from(idOf(fstatSync(fd, { bigint: true }))).equals(id)) return fd
      closeSync(fd)
    }
    throw new KitError('STALE', `a file of ${this.#folder} was removed while it was open`)
  }

  create(name: string, isNew: boolean): QueryFile {
    makeDir(this.#folder)
    const fd = openOwn(join(this.#folder, name), isNew ? 'create' : 'keep')
    try {
      return this.#known(name, fstatSync(fd, { bigint: true }))
    } finally {
      closeSync(fd)
    }
  }

  remove(name: string): void {
    unlinkSync(join(this.#folder, name))
  }

  rename(name: string, to: string, atTarget: 'replace' | 'keep'): void {
    const [from, target] = [join(this.#folder, name), join(this.#folder, to)]
    if (atTarget === 'replace') return renameSync(from, target)
    linkSync(from, target)
    unlinkSync(from)
  }

  sync(): void {
    ifPresent(() => fsyncDir(this.#folder))
  }

  changedAt(): number | undefined {
    return ifPresent(() => lstatSync(this.#folder).mtimeMs)
  }
}

function openFile(path: string, how: 'read' | 'change'): number | undefined {
  try {
    if (how === 'change') return openOwn(path, 'change')
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** One of the files. It is opened for each call, as nobody tells when the last reader has closed it. */
export class QueryFile {
  readonly id: Uint8Array
  readonly #open: (how: 'read' | 'change') => number

  constructor(id: Uint8Array, open: (how: 'read' | 'change') => number) {
    this.id = id
    this.#open = open
  }

  #with<T>(how: 'read' | 'change', work: (fd: number) => T): T {
    const fd = this.#open(how)
    try {
      return work(fd)
    } finally {
      closeSync(fd)
    }
  }

  stat(): NodeStat {
    return this.#with('read', (fd) => {
      const { size, mode, mtimeNs } = fstatSync(fd, { bigint: true })
      const mtime = {
        sec: Number(mtimeNs / 1_000_000_000n),
        nsec: Number(mtimeNs % 1_000_000_000n)
      }
      return { type: 'file', size: Number(size), mode: Number(mode) & 0o777, mtime }
    })
  }

  read(position: number, target: Uint8Array, at: number, length: number): number {
    return this.#with('read', (fd) => readSync(fd, target, at, length, position))
  }

  write(position: number, bytes: Uint8Array): void {
    checkSize(position + bytes.length)
    this.#with('change', (fd) => writeFully(fd, bytes, position))
  }

  truncate(size: number): void {
    checkSize(size)
    this.#with('change', (fd) => ftruncateSync(fd, size))
  }

  /** Its owner, which the engine works for, can always read and write it. */
  setMode(mode: number): void {
    this.#with('change', (fd) => fchmodSync(fd, mode | 0o600))
  }

  setTimes(accessed: number | undefined, modified: number | undefined): void {
    this.#with('change', (fd) => {
      const { atimeMs, mtimeMs } = fstatSync(fd)
      futimesSync(fd, accessed ?? atimeMs / 1000, modified ?? mtimeMs / 1000)
    })
  }

  sync(): void {
    this.#with('read', fsyncSync)
  }
}

function checkSize(bytes: number): void {
  if (bytes > MAX_BYTES)
    throw new KitError('TOO_LARGE', `a saved query has at most ${MAX_BYTES >> 20} MiB`)
}
