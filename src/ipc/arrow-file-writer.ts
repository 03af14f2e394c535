/** Writes an Arrow IPC file batch by batch, and puts it in the place of an earlier one when it is whole. */
import { closeSync, fsyncSync, renameSync, rmSync } from 'node:fs'
import { openOwn, writeFully } from '../core/fs-durable.js'
import {
  batchMessage,
  fileTail,
  FILE_MAGIC,
  schemaMessage,
  type ArrowMetadata,
  type Block
} from './arrow-messages.js'
import { columnBuilder, type ColumnBuilder } from './column-builder.js'
import type { Columns, Row } from './streams.js'

/** Most rows of a batch, and bytes of text from which one is written early. */
const BATCH_ROWS = 131_072
const BATCH_TEXT = 64 << 20

export class ArrowFileWriter {
  readonly #path: string
  readonly #temporary: string
  readonly #columns: Columns
  readonly #metadata: ArrowMetadata
  readonly #names: readonly string[]
  readonly #builders: readonly ColumnBuilder[]
  readonly #blocks: Block[] = []
  readonly #fd: number
  #isOpen = true
  #position = 0
  #rows = 0

  /** @param metadata what the schema says of itself. */
  constructor(path: string, columns: Columns, metadata: ArrowMetadata) {
    this.#path = path
    this.#temporary = `${path}.${process.pid}.tmp`
    this.#columns = columns
    this.#metadata = metadata
    this.#names = Object.keys(columns)
    this.#builders = Object.values(columns).map((type) => columnBuilder(type, BATCH_ROWS))
    this.#fd = openOwn(this.#temporary, 'replace')
    this.#write(Buffer.from(`${FILE_MAGIC}\0\0`))
    this.#write(schemaMessage(columns, metadata))
  }

  #write(bytes: Uint8Array): void {
    writeFully(this.#fd, bytes)
    this.#position += bytes.length
  }

  push(row: Row): void {
    for (const [i, name] of this.#names.entries()) this.#builders[i]!.push(row[name] ?? null)
    const text = this.#builders.reduce((sum, { textBytes }) => sum + textBytes, 0)
    if (++this.#rows === BATCH_ROWS || text >= BATCH_TEXT) this.#flush()
  }

  #flush(): void {
    if (this.#rows === 0) return
    const { head, body, bodyLength } = batchMessage(
      this.#rows,
      this.#builders.map((builder) => ({ nulls: builder.nulls, buffers: builder.buffers() }))
    )
    this.#blocks.push({ offset: this.#position, headLength: head.length, bodyLength })
    this.#write(head)
    for (const part of body) if (part.length > 0) this.#write(part)
    for (const builder of this.#builders) builder.clear()
    this.#rows = 0
  }

  /**
   * Writes the rest, and replaces the file. Who has mapped the earlier one keeps it.
   * @param isDurable whether the bytes must be on the disk before the file has its name.
   */
  finish(isDurable: boolean): void {
    this.#flush()
    this.#write(fileTail(this.#columns, this.#metadata, this.#blocks))
    if (isDurable) fsyncSync(this.#fd)
    this.#close()
    renameSync(this.#temporary, this.#path)
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#fd)
    this.#isOpen = false
  }

  /** Removes what was written; does nothing after `finish`. */
  abandon(): void {
    if (!this.#isOpen) return
    this.#close()
    rmSync(this.#temporary, { force: true })
  }
}
