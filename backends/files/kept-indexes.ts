/**
 * Indexes of archives, kept in a folder of this machine between processes. They are derived: one that
 * is missing, of another version of its archive, or damaged is read from the archive again.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equalBytes, toHex, utf8 } from '../../src/core/bytes.js'
import { isKitError } from '../../src/core/errors.js'
import { sha256 } from '../../src/core/hash.js'
import type { FileEntry } from '../facets/named-files.js'
import type { ArchiveNames } from './archive-list.js'
import { ArchiveIndex } from './archive-index.js'

const MAGIC = utf8('car-index-1\n')
const DIGEST = 32
/** Bytes of the three numbers that say where the payload lies. */
const PLACE = 24
/** Smaller archives are read as fast as the index of one would be. */
const MIN_SIZE = 64 * 1024

/** The names of the files of indexes; those of others lie beside them. */
const INDEX = /^[0-9a-f]{64}\.index$/
const fileOf = (archive: string): string => `${toHex(sha256(utf8(archive)))}.index`

export class KeptIndexes {
  readonly #folder: string
  /** Number of the archives that there were last. */
  #archives = Number.POSITIVE_INFINITY

  constructor(folder: string) {
    this.#folder = folder
  }

  /** An archive has one file, so that a new version of it replaces the index of the old one. */
  #path({ name }: FileEntry): string {
    return join(this.#folder, fileOf(name))
  }

  /**
   * Removes the indexes of archives that are gone: what lies there is looked at once, and again whenever
   * there are fewer archives. That the disk cannot be written is no error.
   */
  async keepOnly(names: ArchiveNames): Promise<void> {
    const isFewer = names.count < this.#archives
    this.#archives = names.count
    if (!isFewer) return
    try {
      const files = (await readdir(this.#folder)).filter((file) => INDEX.test(file))
      if (files.length === 0) return
      const wanted = new Set(Array.from(names.all(), fileOf))
      for (const file of files) if (!wanted.has(file)) await rm(join(this.#folder, file), { force: true }) // prettier-ignore
    } catch (error) {
      if (!isSystemError(error)) throw error
    }
  }

  /** Returns what is kept of this version of an archive. It is held against the payload again. */
  async load(entry: FileEntry): Promise<ArchiveIndex | undefined> {
    if (entry.size <= MIN_SIZE) return undefined
    try {
      return parsed(entry, await readFile(this.#path(entry)))
    } catch (error) {
      if (isKitError(error) || isSystemError(error)) return undefined
      throw error
    }
  }

  /** Keeps an index. That the disk is full or cannot be written is no error. */
  async save(entry: FileEntry, { payload, bytes }: ArchiveIndex): Promise<void> {
    if (entry.size <= MIN_SIZE) return
    const place = Buffer.alloc(PLACE)
    place.writeDoubleLE(payload.dataStart, 0)
    place.writeDoubleLE(payload.sectionsStart, 8)
    place.writeDoubleLE(payload.dataEnd, 16)
    const body = Buffer.concat([versionOf(entry), place, bytes])
    const temporary = join(this.#folder, `${randomUUID()}.new`)
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      await writeFile(temporary, [MAGIC, sha256(body), body], { mode: 0o600, flag: 'wx' })
      await rename(temporary, this.#path(entry))
    } catch (error) {
      if (!isSystemError(error)) throw error
      await rm(temporary, { force: true }).catch(() => undefined)
    }
  }
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error

/** What identifies the version of an archive, in a fixed length. */
const versionOf = ({ name, size, version }: FileEntry): Uint8Array =>
  sha256(utf8(`${name}\0${size}\0${version}`))

function parsed(entry: FileEntry, file: Buffer): ArchiveIndex | undefined {
  const start = MAGIC.length + DIGEST
  if (file.length < start + DIGEST + PLACE) return undefined
  const body = file.subarray(start)
  if (!equalBytes(file.subarray(0, MAGIC.length), MAGIC)) return undefined
  if (!equalBytes(file.subarray(MAGIC.length, start), sha256(body))) return undefined
  if (!equalBytes(body.subarray(0, DIGEST), versionOf(entry))) return undefined
  const payload = {
    dataStart: body.readDoubleLE(DIGEST),
    sectionsStart: body.readDoubleLE(DIGEST + 8),
    dataEnd: body.readDoubleLE(DIGEST + 16)
  }
  return new ArchiveIndex(payload, body.subarray(DIGEST + PLACE), false)
}
