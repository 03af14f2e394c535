/**
 * The archives of a folder as one store of blocks: each is scanned once, headers only, when a
 * block is asked for first, and again when the file has changed.
 * Source: https://ipld.io/specs/transport/car/
 */
import { open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { bufferOf } from '../../src/core/bytes.js'
import { Cid, cidLengthAt } from '../../src/core/cid.js'
import { isKitError, KitError, systemCode, toKitError } from '../../src/core/errors.js'
import { readVarint, varintLength } from '../../src/core/varint.js'

const WINDOW = 256 * 1024
const MAX_SECTION = (8 << 20) + 256
const MAX_HEADER = 1 << 20
/** `0aa16776657273696f6e02`: where version 2 begins, and where its header ends. */
const V2_PRAGMA = 11
const V2_HEADER = 40
/** How long what was seen of the folder is believed. */
const FRESH_MS = 2000

interface Place {
  readonly path: string
  readonly offset: number
  readonly length: number
}

interface Archive {
  readonly size: number
  readonly mtimeMs: number
  /** Places of its blocks, by multihash. */
  readonly blocks: ReadonlyMap<string, Place>
  /** What keeps the rest of it from being read. */
  readonly problem: string | undefined
}

const keyOf = (multihash: Uint8Array): string => bufferOf(multihash).toString('latin1')

export class CarFolder {
  readonly #folder: string
  readonly #archives = new Map<string, Archive>()
  #seenAt = 0
  #looking: Promise<void> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Archives that can be read. */
  async count(): Promise<number> {
    await this.#look()
    return this.#archives.size
  }

  /** The bytes under a multihash; undefined where no archive has it. @throws BACKEND_UNAVAILABLE when one that cannot be read may. */
  async get(cid: Cid): Promise<Uint8Array | undefined> {
    await this.#look()
    const key = keyOf(cid.multihash)
    for (const { blocks } of this.#archives.values()) {
      const place = blocks.get(key)
      if (place !== undefined) return await readPlace(place)
    }
    for (const { problem } of this.#archives.values())
      if (problem !== undefined) throw new KitError('BACKEND_UNAVAILABLE', `who knows: ${problem}`)
    return undefined
  }

  /** Take up what has changed in the folder; one look serves all who ask meanwhile. */
  #look(): Promise<void> {
    if (this.#looking !== undefined) return this.#looking
    if (Date.now() - this.#seenAt < FRESH_MS) return Promise.resolve()
    this.#looking = this.#scan().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #scan(): Promise<void> {
    const paths = [...(await carsIn(this.#folder)), ...(await carsIn(join(this.#folder, 'cars')))]
    for (const path of this.#archives.keys()) if (!paths.includes(path)) this.#archives.delete(path)
    for (const path of paths) {
      const found = await stat(path).catch(() => undefined)
      if (found === undefined) continue
      const { size, mtimeMs } = found
      const known = this.#archives.get(path)
      if (known?.size === size && known.mtimeMs === mtimeMs) continue
      // What stands before the damage is read, and the other archives are.
      const blocks = new Map<string, Place>()
      const problem = await scan(path, size, blocks).then(
        () => undefined,
        (error: unknown) => {
          if (!isKitError(error) && systemCode(error) === undefined) throw error
          return toKitError(error).message
        }
      )
      this.#archives.set(path, { size, mtimeMs, blocks, problem })
    }
    this.#seenAt = Date.now()
  }

  close(): Promise<void> {
    this.#archives.clear()
    return Promise.resolve()
  }
}

async function carsIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const cars = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.car'))
    return cars.map(({ name }) => join(folder, name)).sort()
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

async function readPlace({ path, offset, length }: Place): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const block = Buffer.allocUnsafeSlow(length)
    const { bytesRead } = await file.read(block, 0, length, offset)
    if (bytesRead !== length)
      throw new KitError('INTEGRITY', `${path} is cut short at offset ${offset}`)
    return block
  } finally {
    await file.close()
  }
}

/** Find where the blocks of an archive lie, as far as it can be read. @throws CORRUPT_FORMAT naming the offset. */
async function scan(path: string, size: number, blocks: Map<string, Place>): Promise<void> {
  const file = await open(path)
  try {
    const window = new Window(file, path, size)
    const { start, end } = await payload(window, size)
    for (let at = start; at < end;) {
      const length = await window.varint(at, end)
      const body = at + varintLength(length)
      if (length === 0) break
      if (length > MAX_SECTION || body + length > end)
        throw window.corrupt('a section runs past the end', at)
      const head = await window.bytes(body, Math.min(length, 256))
      const cidLength = cidLengthAt(head, 0)
      const cid = Cid.at(head, 0, cidLength)
      const offset = body + cidLength
      blocks.set(keyOf(cid.multihash), { path, offset, length: length - cidLength })
      at = body + length
    }
  } finally {
    await file.close()
  }
}

/** Where the sections begin and end. */
async function payload(window: Window, size: number): Promise<{ start: number; end: number }> {
  const headerLength = await window.varint(0, size)
  if (headerLength === V2_PRAGMA - 1) {
    const head = bufferOf(await window.bytes(V2_PRAGMA, V2_HEADER))
    if (head.length === V2_HEADER) {
      const start = Number(head.readBigUInt64LE(16))
      const end = start + Number(head.readBigUInt64LE(24))
      if (start >= V2_PRAGMA + V2_HEADER && end <= size) {
        const length = await window.varint(start, end)
        return { start: start + varintLength(length) + length, end }
      }
    }
  }
  if (headerLength === 0 || headerLength > MAX_HEADER || headerLength >= size)
    throw window.corrupt('no header', 0)
  return { start: varintLength(headerLength) + headerLength, end: size }
}

/** A file through one buffer: sections that lie close together cost one read. */
class Window {
  readonly #file: FileHandle
  readonly #path: string
  readonly #size: number
  readonly #buffer = Buffer.allocUnsafeSlow(WINDOW)
  #from = 0
  #filled = 0

  constructor(file: FileHandle, path: string, size: number) {
    this.#file = file
    this.#path = path
    this.#size = size
  }

  corrupt(reason: string, offset: number): KitError {
    return new KitError(
      'CORRUPT_FORMAT',
      `${this.#path} is no valid CAR: ${reason} at offset ${offset}`
    )
  }

  /** Bytes from an offset on: as many as asked for, or all that are left. */
  async bytes(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.#size - offset)
    if (offset < this.#from || offset + wanted > this.#from + this.#filled) {
      const { bytesRead } = await this.#file.read(this.#buffer, 0, WINDOW, offset)
      this.#from = offset
      this.#filled = bytesRead
      if (bytesRead < wanted) throw this.corrupt('the file ends', offset + bytesRead)
    }
    return this.#buffer.subarray(offset - this.#from, offset - this.#from + wanted)
  }

  async varint(offset: number, end: number): Promise<number> {
    const bytes = await this.bytes(offset, Math.min(10, end - offset))
    try {
      return readVarint(bytes, 0)
    } catch {
      throw this.corrupt('no length', offset)
    }
  }
}
