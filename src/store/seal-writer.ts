/** The writing side of the seals, for the owner of the store. */
import { closeSync, existsSync, fstatSync, lstatSync, openSync, readFileSync, readSync, renameSync, rmSync } from 'node:fs' // prettier-ignore
import { crc32 } from 'node:zlib'
import { systemCode } from '../core/errors.js'
import { ifPresent, writeDerivedFile, writeFully } from '../core/fs-durable.js'
import type { StoreLayout } from './layout.js'
import type { ObjectId } from './ports.js'
import { decodeSeal, encodeSeal, firstSlot, isTable, SEAL_BYTES, SEALS_HEADER, SEALS_MAGIC, type FileState, type Seal } from './seals.js' // prettier-ignore

const MIN_CAPACITY = 1024
/** Lesser ids are for files that are not objects. */
const FIRST_ID = 16

/** A file to seal. */
export interface Sealed {
  readonly id: ObjectId
  readonly path: string
  /** What it looked like before it was hashed; what it looks like now, unless given. */
  readonly state?: FileState
}

export class SealWriter {
  readonly #layout: StoreLayout
  #fd = -1
  #capacity = 0
  #count = 0

  constructor(layout: StoreLayout) {
    this.#layout = layout
  }

  /** Seals files whose bytes are known to be right, because they were just written or hashed. */
  seal(files: readonly Sealed[], verifiedAt = Date.now()): void {
    this.#putAll(files, verifiedAt, false)
  }

  /** Has every reader hash whatever it reads of a file. */
  markDamaged(file: Sealed, verifiedAt = Date.now()): void {
    this.#putAll([file], verifiedAt, true)
  }

  /** A failure of the disk costs speed alone: a file without a seal is hashed when it is read. */
  #putAll(files: readonly Sealed[], verifiedAt: number, isDamaged: boolean): void {
    try {
      // Somebody may have removed the table.
      if (this.#fd >= 0 && fstatSync(this.#fd).nlink === 0) this.close()
      for (const { id, path, state = ifPresent(() => lstatSync(path)) } of files) {
        if (state === undefined) continue
        const { size, mtimeMs, ctimeMs } = state
        this.#put({ id, size, mtimeMs, ctimeMs, verifiedAt, isDamaged })
      }
      if (this.#fd >= 0) writeFully(this.#fd, header(this.#capacity, this.#count), 0)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
      this.close()
    }
  }

  #put(seal: Seal): void {
    if (this.#fd < 0) this.#open()
    // At most half of the slots are in use, so that a search ends soon.
    if ((this.#count + 1) * 2 > this.#capacity) this.#rebuild()
    const slot = Buffer.alloc(SEAL_BYTES)
    let i = firstSlot(seal.id, this.#capacity)
    for (let tries = 0; ; tries++) {
      // A table whose count lies has no free slot: it is made again, empty, as seals are derived.
      if (tries === this.#capacity) return this.#beginAnew()
      readSync(this.#fd, slot, 0, SEAL_BYTES, placeOf(i))
      const found = decodeSeal(slot)
      if (found === 'free') this.#count++
      if (found === 'free' || found?.id === seal.id) break
      i = (i + 1) % this.#capacity
    }
    writeFully(this.#fd, encodeSeal(seal), placeOf(i))
  }

  #open(): void {
    const bytes = this.#read()
    if (bytes === undefined) this.#write([])
    else {
      this.#capacity = bytes.readUInt32LE(4)
      this.#count = bytes.readUInt32LE(8)
    }
    this.#fd = openSync(this.#layout.seals, 'r+')
  }

  /** Reads the table; undefined for none that is whole. */
  #read(): Buffer | undefined {
    const path = this.#layout.seals
    if (ifPresent(() => lstatSync(path))?.isFile() !== true) {
      rmSync(path, { recursive: true, force: true })
      return undefined
    }
    const bytes = readFileSync(path)
    return isTable(bytes, bytes.length) ? bytes : undefined
  }

  #beginAnew(): void {
    this.close()
    this.#write([])
  }

  /** Makes a larger table, without the seals of files that are gone. */
  #rebuild(): void {
    const bytes = this.#read() ?? Buffer.alloc(0)
    const seals: Seal[] = []
    for (let at = SEALS_HEADER; at + SEAL_BYTES <= bytes.length; at += SEAL_BYTES) {
      const seal = decodeSeal(bytes.subarray(at, at + SEAL_BYTES))
      if (seal !== undefined && seal !== 'free' && this.#exists(seal.id)) seals.push(seal)
    }
    this.close()
    this.#write(seals)
    this.#fd = openSync(this.#layout.seals, 'r+')
  }

  #exists(id: ObjectId): boolean {
    const layout = this.#layout
    // The log of pins has an id that no object gets.
    if (id < FIRST_ID) return true
    return [layout.file(id), layout.pack(id), layout.segment(id)].some((path) => existsSync(path))
  }

  /** Replaces the table. It is not synced: what a power cut tears fails its checksums. */
  #write(seals: readonly Seal[]): void {
    let capacity = MIN_CAPACITY
    while (capacity < seals.length * 4) capacity *= 2
    const bytes = Buffer.alloc(placeOf(capacity))
    header(capacity, seals.length).copy(bytes)
    for (const seal of seals) {
      let i = firstSlot(seal.id, capacity)
      while (decodeSeal(bytes.subarray(placeOf(i), placeOf(i + 1))) !== 'free')
        i = (i + 1) % capacity
      encodeSeal(seal).copy(bytes, placeOf(i))
    }
    const temporary = `${this.#layout.seals}.tmp`
    writeDerivedFile(temporary, [bytes])
    renameSync(temporary, this.#layout.seals)
    this.#capacity = capacity
    this.#count = seals.length
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }
}

const placeOf = (slot: number): number => SEALS_HEADER + slot * SEAL_BYTES

function header(capacity: number, count: number): Buffer {
  const bytes = Buffer.alloc(SEALS_HEADER)
  bytes.writeUInt32LE(SEALS_MAGIC, 0)
  bytes.writeUInt32LE(capacity, 4)
  bytes.writeUInt32LE(count, 8)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12)
  return bytes
}
