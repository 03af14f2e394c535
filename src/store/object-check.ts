/** The check of stored bytes: that a block lies in its file, and that it is the one of its key. */
import { lstatSync } from 'node:fs'
import { Cid, DAG_PB, verifyBlock } from '../core/cid.js'
import { isKitError, toKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { SHA2_256 } from '../core/hash.js'
import { framePayload } from '../formats/leaf-frame.js'
import type { BlockRecord, ObjectId } from './ports.js'
import type { StoreReader } from './reader.js'
import { recordCid } from './record.js'
import type { FileState } from './seals.js'

/** Yields the leaves of a file in order with the bytes each covers, for a root with a whole file. */
export type LeavesOf = (root: Cid) => Iterable<{ readonly cid: Cid; readonly size: number }>

/** An object that was looked at, as it was before any of it was read. */
export interface CheckedObject {
  readonly id: ObjectId
  readonly path: string
  /** Undefined where there is no such file. */
  readonly state: FileState | undefined
  isSound: boolean
}

export interface ObjectCheckOptions {
  /** Whether bytes are hashed; else only places are compared with the lengths of files. */
  readonly readData: boolean
  readonly leavesOf: LeavesOf
  readonly onBytes: (count: number) => void
  /** Called between the leaves of a whole file; lets others run. */
  readonly pause: () => Promise<void>
}

export class ObjectCheck {
  readonly #reader: StoreReader
  readonly #options: ObjectCheckOptions
  readonly objects = new Map<ObjectId, CheckedObject>()

  constructor(reader: StoreReader, options: ObjectCheckOptions) {
    this.#reader = reader
    this.#options = options
  }

  /** Returns what is wrong with a block; undefined for nothing. */
  blockFault(key: Uint8Array, record: BlockRecord): string | undefined {
    const object = this.#object(record.source, record.inFile)
    const fault = this.#blockFault(key, record, object)
    if (fault !== undefined) object.isSound = false
    this.#options.onBytes(record.length)
    return fault
  }

  #blockFault(key: Uint8Array, record: BlockRecord, { state }: CheckedObject): string | undefined {
    if (state === undefined) return 'its file is gone'
    if (record.offset + record.length > state.size) return `its file ends at ${state.size}`
    if (!this.#options.readData) return undefined
    try {
      const block = this.#reader.readUnchecked(record)
      verifyBlock(recordCid(key, record, block), block)
      return undefined
    } catch (error) {
      return toKitError(error).message
    }
  }

  /**
   * Returns what is wrong with the contiguous copy of a file. It is checked on its own: reads of the
   * file use it, although the index may name other copies of its leaves.
   */
  async wholeFault(key: Uint8Array, record: BlockRecord): Promise<string | undefined> {
    const object = this.#object(record.whole, true)
    const size = object.state?.size
    const fault =
      size !== record.size
        ? `its contiguous file has ${size ?? 'no'} bytes, not ${record.size}`
        : this.#options.readData
          ? await this.#wholeFault(Cid.v1(record.codec, SHA2_256, key), record)
          : undefined
    if (fault !== undefined) object.isSound = false
    return fault
  }

  async #wholeFault(root: Cid, record: BlockRecord): Promise<string | undefined> {
    const { pause, leavesOf, onBytes } = this.#options
    let position = 0
    try {
      for (const { cid, size } of leavesOf(root)) {
        await pause()
        const leaf = this.#reader.find(cid.key)
        // A leaf recorded at this very place is checked as a block.
        if (leaf?.source !== record.whole || leaf.offset !== position) {
          const bytes = Buffer.allocUnsafe(size)
          this.#reader.readWhole(record.whole, position, bytes, 0, size)
          verifyBlock(cid, cid.codec === DAG_PB ? framePayload(bytes) : bytes)
          onBytes(size)
        }
        position += size
      }
    } catch (error) {
      if (isKitError(error, 'ABORTED')) throw error
      return `its contiguous file is damaged near byte ${position}: ${toKitError(error).message}`
    }
    return undefined
  }

  #object(id: ObjectId, inFile: boolean): CheckedObject {
    const known = this.objects.get(id)
    if (known !== undefined) return known
    const { layout } = this.#reader
    const path = inFile ? layout.file(id) : layout.pack(id)
    const stat = ifPresent(() => lstatSync(path))
    const state = stat?.isFile() === true ? stat : undefined
    const object = { id, path, state, isSound: state !== undefined }
    this.objects.set(id, object)
    return object
  }
}
