/**
 * A folder of CAR files and single blocks, such as a USB disk or a network share: `cars/*.car`
 * are read as they are, blocks that are put here lie below `blocks/`, one file each.
 */
import { statSync } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '../../src/core/bytes.js'
import type { Cid } from '../../src/core/cid.js'
import { KitError, systemCode, toKitError } from '../../src/core/errors.js'
import { ifPresent } from '../../src/core/fs-durable.js'
import type { Backend, BackendHealth, CallOptions } from '../backend.js'
import type { Capability } from '../capabilities.js'
import { absolutePath, type OptionRow, type OptionTexts } from '../options.js'
import { CarFolder } from './car-folder.js'

export const FILESYSTEM_OPTIONS: Readonly<Record<string, OptionRow>> = {
  path: { value: 'DIR', help: 'the folder; it must be there', required: true }
}

export const filesystemPath = (texts: OptionTexts): string => absolutePath(texts, 'path')

/** @throws USAGE where the folder is not there. */
export function checkFilesystem(texts: OptionTexts): void {
  const path = filesystemPath(texts)
  const found = ifPresent(() => statSync(path))
  if (found?.isDirectory() !== true)
    throw new KitError('USAGE', `--path: ${path} is no folder; make it first, or plug its disk in`)
}

export class FilesystemBackend implements Backend {
  readonly type = 'filesystem'
  readonly name: string
  readonly capabilities: ReadonlySet<Capability> = new Set(['put', 'delete'])
  readonly #path: string
  readonly #cars: CarFolder
  #closed = false
  #temporary = 0

  constructor(name: string, path: string) {
    this.name = name
    this.#path = path
    this.#cars = new CarFolder(path)
  }

  async getBlock(cid: Cid, { signal }: CallOptions): Promise<Uint8Array> {
    this.#check(signal)
    try {
      return await readFile(this.#fileOf(cid), { signal })
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (systemCode(error) !== 'ENOENT') throw this.#failure(error)
    }
    const block = await this.#cars.get(cid)
    if (block !== undefined) return block
    await this.#mustBeThere()
    throw new KitError('BLOCK_NOT_FOUND', `${cid} is not in ${this.#path}`)
  }

  /** Blocks are filed by their multihash, as the CARs' are: CIDv0 and v1 share one. */
  #fileOf(cid: Cid): string {
    const key = toHex(cid.multihash)
    return join(this.#path, 'blocks', key.slice(-3, -1), `${key}.block`)
  }

  async putBlock(cid: Cid, block: Uint8Array, { signal }: CallOptions): Promise<void> {
    this.#check(signal)
    await this.#mustBeThere()
    const path = this.#fileOf(cid)
    const temporary = `${path}.${process.pid}.${this.#temporary++}.tmp`
    try {
      const folder = join(path, '..')
      await mkdir(folder, { recursive: true })
      const file = await open(temporary, 'wx')
      try {
        await file.writeFile(block, { signal })
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      await syncFolder(folder)
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      if (signal.aborted) throw signal.reason
      throw this.#failure(error)
    }
  }

  async deleteBlock(cid: Cid, { signal }: CallOptions): Promise<void> {
    this.#check(signal)
    await this.#mustBeThere()
    try {
      await rm(this.#fileOf(cid), { force: true })
    } catch (error) {
      throw this.#failure(error)
    }
  }

  async health({ signal }: CallOptions): Promise<BackendHealth> {
    this.#check(signal)
    await this.#mustBeThere()
    const names = await readdir(this.#path).catch((error: unknown) => {
      throw this.#failure(error)
    })
    return { version: `a folder of ${names.length} entries, ${await this.#cars.count()} archives` }
  }

  /** A disk that is not plugged in says nothing about what it holds. */
  async #mustBeThere(): Promise<void> {
    const found = await stat(this.#path).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw this.#failure(error)
      return undefined
    })
    if (found?.isDirectory() !== true)
      throw new KitError(
        'BACKEND_UNAVAILABLE',
        `there is no folder ${this.#path}; is its disk there?`
      )
  }

  #failure(error: unknown): KitError {
    const known = toKitError(error)
    return known.code === 'ACCESS_DENIED' || known.code === 'NO_SPACE' || known.code === 'QUOTA'
      ? known
      : new KitError('BACKEND_UNAVAILABLE', `${this.#path}: ${known.message}`, { cause: error })
  }

  #check(signal: AbortSignal): void {
    if (this.#closed) throw new KitError('CLOSED', `backend ${this.name} is closed`)
    if (signal.aborted) throw signal.reason
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#cars.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
