/**
 * The seals of the store's files: size and times of each pack, whole file and index segment when
 * all of its bytes were known to be right, and when that was. A file whose stat differs from its
 * seal was changed by somebody else, so each of its blocks is hashed whenever it is read. Seals are
 * derived data: without one a file is read more slowly, never wrongly. Layout in FORMAT.md.
 */
import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { crc32 } from 'node:zlib'
import { systemCode } from '../core/errors.js'
import { READ_FLAGS } from '../core/read-file.js'
import type { ObjectId } from './ports.js'

export const SEALS_MAGIC = 0x31534b49 // "IKS1"
export const SEALS_HEADER = 64
export const SEAL_BYTES = 64
const LOW = 0x1_0000_0000

/** The part of a stat that every write to a file changes, whoever makes it. */
export type FileState = Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs'>

/** What is on record of a file that is not there. */
export const NO_FILE: FileState = { size: 0, mtimeMs: 0, ctimeMs: 0 }

export interface Seal extends FileState {
  readonly id: ObjectId
  /** When all bytes were last hashed, or written: ms since 1970. */
  readonly verifiedAt: number
  /** Whether damage was found that no copy could mend: each read of the file is hashed. */
  readonly isDamaged: boolean
}

/** Returns the slot at which the search for an id begins. Ids are random, so they need no hash. */
export const firstSlot = (id: ObjectId, capacity: number): number => id % capacity

export function encodeSeal(seal: Seal): Buffer {
  const bytes = Buffer.alloc(SEAL_BYTES)
  bytes.writeUInt32LE(seal.id % LOW, 0)
  bytes.writeUInt32LE(Math.floor(seal.id / LOW), 4)
  bytes.writeDoubleLE(seal.size, 8)
  bytes.writeDoubleLE(seal.mtimeMs, 16)
  bytes.writeDoubleLE(seal.ctimeMs, 24)
  bytes.writeDoubleLE(seal.verifiedAt, 32)
  bytes.writeUInt32LE(seal.isDamaged ? 1 : 0, 40)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, SEAL_BYTES - 4)), SEAL_BYTES - 4)
  return bytes
}

/** Returns the seal in a slot: `free` for a slot never used, undefined for a damaged one. */
export function decodeSeal(slot: Buffer): Seal | 'free' | undefined {
  const id = slot.readUInt32LE(0) + slot.readUInt32LE(4) * LOW
  const check = slot.readUInt32LE(SEAL_BYTES - 4)
  if (id === 0 && check === 0) return 'free'
  if (check !== crc32(slot.subarray(0, SEAL_BYTES - 4))) return undefined
  return {
    id,
    size: slot.readDoubleLE(8),
    mtimeMs: slot.readDoubleLE(16),
    ctimeMs: slot.readDoubleLE(24),
    verifiedAt: slot.readDoubleLE(32),
    isDamaged: slot.readUInt32LE(40) !== 0
  }
}

/** Returns whether a file is as it was when it was sealed, and was sound then. */
export const isAsSealed = (seal: Seal | undefined, state: FileState): boolean =>
  seal !== undefined &&
  !seal.isDamaged &&
  seal.size === state.size &&
  seal.mtimeMs === state.mtimeMs &&
  seal.ctimeMs === state.ctimeMs

/** Returns whether a header is sound and its table has the length that it names. */
export const isTable = (header: Buffer, length: number): boolean =>
  header.length >= SEALS_HEADER &&
  header.readUInt32LE(0) === SEALS_MAGIC &&
  header.readUInt32LE(12) === crc32(header.subarray(0, 12)) &&
  length === SEALS_HEADER + header.readUInt32LE(4) * SEAL_BYTES

/** Slots read at a time. */
const RUN = 8

/** The reading side, which needs no lock: a slot that is being written fails its checksum. */
export class Seals {
  readonly #path: string
  #fd = -1
  #capacity = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Returns the seal of a file; undefined where there is none that can be believed. */
  find(id: ObjectId): Seal | undefined {
    try {
      return this.#isOpen() ? this.#find(id) : undefined
    } catch (error) {
      // An unreadable table is as none.
      if (systemCode(error) === undefined) throw error
      this.close()
      return undefined
    }
  }

  #find(id: ObjectId): Seal | undefined {
    const run = Buffer.alloc(RUN * SEAL_BYTES)
    let slot = firstSlot(id, this.#capacity)
    for (let seen = 0; seen < this.#capacity;) {
      const count = Math.min(RUN, this.#capacity - slot)
      const n = readSync(this.#fd, run, 0, count * SEAL_BYTES, SEALS_HEADER + slot * SEAL_BYTES)
      for (let i = 0; i < count; i++) {
        if ((i + 1) * SEAL_BYTES > n) return undefined
        const seal = decodeSeal(run.subarray(i * SEAL_BYTES, (i + 1) * SEAL_BYTES))
        if (seal === 'free') return undefined
        if (seal?.id === id) return seal
      }
      seen += count
      slot = (slot + count) % this.#capacity
    }
    return undefined
  }

  /** Opens the table, again where the owner has replaced it by a larger one. */
  #isOpen(): boolean {
    if (this.#fd >= 0) {
      if (fstatSync(this.#fd).nlink > 0) return this.#capacity > 0
      this.close()
    }
    this.#fd = openSync(this.#path, READ_FLAGS)
    const stat = fstatSync(this.#fd)
    const header = Buffer.alloc(SEALS_HEADER)
    if (stat.isFile()) readSync(this.#fd, header, 0, SEALS_HEADER, 0)
    this.#capacity = isTable(header, stat.size) ? header.readUInt32LE(4) : 0
    return this.#capacity > 0
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }
}
