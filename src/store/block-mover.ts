/** Copies live blocks out of packs and files that garbage collection is about to remove. */
import { rmSync } from 'node:fs'
import { verifyBlock } from '../core/cid.js'
import { Kind } from '../formats/block-kind.js'
import type { BlockStore } from './block-store.js'
import { newId } from './layout.js'
import type { PackEntry } from './manifest.js'
import { PackWriter } from './pack.js'
import type { BlockRecord } from './ports.js'
import { recordCid } from './record.js'

export class BlockMover {
  readonly #store: BlockStore
  #writer: PackWriter | undefined
  readonly #id = newId()
  bytes = 0

  constructor(store: BlockStore) {
    this.#store = store
  }

  /** Copies a block into the new pack. @returns its record there. @throws INTEGRITY. */
  move(key: Uint8Array, record: BlockRecord): BlockRecord {
    this.#writer ??= new PackWriter(this.#store.layout.pack(this.#id))
    const block = this.#store.reader.readUnchecked(record)
    const cid = recordCid(key, record, block)
    verifyBlock(cid, block)
    const offset = this.#writer.append(cid.bytes, block)
    return {
      ...record,
      source: this.#id,
      inFile: false,
      framed: false,
      offset,
      length: block.length,
      size: record.kind === Kind.RAW ? block.length : record.size
    }
  }

  finish(): void {
    this.bytes = this.#writer?.finish() ?? 0
  }

  /** The new pack, if there is one. */
  get packs(): readonly PackEntry[] {
    return this.#writer === undefined ? [] : [{ id: this.#id, bytes: this.bytes }]
  }

  discard(): void {
    if (this.#writer === undefined) return
    this.#writer.close()
    rmSync(this.#store.layout.pack(this.#id), { force: true })
  }
}
