/**
 * Builds the data of a version: each part is a file of its own, and the data file of a folder is made of
 * its parts and one footer, so that versions share all parts that did not change.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { BalancedBuilder } from '../content/balanced.js'
import { writeDirectory } from '../content/directory-writer.js'
import { EntryList } from '../content/entry-list.js'
import { writeStream, type StreamOptions } from '../content/file-writer.js'
import { NodeWriter, type Added } from '../content/node-writer.js'
import { PROFILES } from '../content/profile.js'
import { sequentialFile } from '../content/sequential-source.js'
import { utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { Kind } from '../formats/block-kind.js'
import type { BlockSink } from '../store/ports.js'
import { PART_LEAF } from './format.js'
import { footerLength, ParquetFooter, TAIL } from './parquet-footer.js'
import {
  encodeParts,
  PARTS_PER_BLOCK,
  type EncodedBlock,
  type PartRecord
} from './version-block.js'

/** A part, and the footer of its file. */
export interface DataPart extends PartRecord {
  readonly footer: Uint8Array
}

export interface BuiltData {
  readonly data: Cid
  /** The lists of parts. */
  readonly parts: readonly Cid[]
  readonly rows: number
  readonly bytes: number
}

export class DataBuilder {
  readonly #sink: BlockSink
  readonly #writer: NodeWriter

  constructor(sink: BlockSink) {
    this.#sink = sink
    this.#writer = new NodeWriter(sink, { ...PROFILES['unixfs-v1-2025'], chunkSize: PART_LEAF })
  }

  /** Adds a Parquet file as a part. @param path of the data file that it is to be a part of. */
  async addPart(file: string, path: string, options: StreamOptions): Promise<DataPart> {
    const fd = openSync(file, 'r')
    try {
      const footer = readFooter(fd)
      const added = await writeStream(this.#writer, sequentialFile(fd), {}, options)
      const parsed = new ParquetFooter(footer)
      const { cid, size, tsize } = added
      return { cid, path, rows: parsed.rows, bytes: size, tsize, statistics: parsed.statistics(), footer } // prettier-ignore
    } finally {
      closeSync(fd)
    }
  }

  /** Makes the folder of some parts, in order, and their lists. */
  build(parts: readonly DataPart[]): BuiltData {
    const files = new Map<string, DataPart[]>()
    for (const part of parts) files.set(part.path, [...(files.get(part.path) ?? []), part])
    const data = this.#folder([...files].map(([path, own]) => [path.split('/'), this.#file(own)]))
    return {
      data: data.cid,
      parts: this.lists(parts),
      rows: parts.reduce((sum, { rows }) => sum + rows, 0),
      bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0)
    }
  }

  /** Makes the lists of some parts. */
  lists(parts: readonly PartRecord[]): Cid[] {
    const lists: Cid[] = []
    for (let i = 0; i < parts.length; i += PARTS_PER_BLOCK)
      lists.push(this.put(encodeParts(parts.slice(i, i + PARTS_PER_BLOCK).map(recordOf))))
    return lists
  }

  /** Stores a block of dag-cbor. @returns its CID. */
  put({ cid, bytes }: EncodedBlock): Cid {
    this.#sink.put(cid, bytes, { kind: Kind.OPAQUE, size: bytes.length })
    return cid
  }

  /** Makes the file whose bytes are those of its parts, and a footer for all of them. */
  #file(parts: readonly DataPart[]): Added {
    const [first] = parts
    if (parts.length === 1) return addedOf(first!)
    const builder = new BalancedBuilder(this.#writer)
    const footers: { footer: ParquetFooter; offset: number }[] = []
    let offset = 0
    for (const part of parts) {
      builder.push(addedOf(part))
      footers.push({ footer: new ParquetFooter(part.footer), offset })
      offset += part.bytes
    }
    if (!footers.every(({ footer }) => footer.fits(footers[0]!.footer)))
      throw new KitError('INVALID_ARGUMENT', 'the Parquet files differ in their columns, so that they are not one table') // prettier-ignore
    const footer = ParquetFooter.join(footers)
    for (let at = 0; at < footer.length; at += PART_LEAF)
      builder.push(this.#writer.leaf(footer.subarray(at, at + PART_LEAF)))
    return builder.finish({})
  }

  #folder(files: readonly (readonly [readonly string[], Added])[]): Added {
    const entries = new EntryList()
    const folders = new Map<string, [readonly string[], Added][]>()
    for (const [[name, ...rest], added] of files) {
      if (rest.length === 0) addEntry(entries, name!, added)
      else folders.set(name!, [...(folders.get(name!) ?? []), [rest, added]])
    }
    for (const [name, below] of folders) addEntry(entries, name, this.#folder(below))
    return writeDirectory(this.#writer, entries, {})
  }
}

const addEntry = (entries: EntryList, name: string, { cid, tsize }: Added): void =>
  entries.setLink(entries.addName(utf8(name)), cid.bytes, tsize)

const addedOf = ({ cid, tsize, bytes }: PartRecord): Added => ({
  cid,
  tsize,
  size: bytes,
  kind: Kind.FILE
})

const recordOf = ({ cid, path, rows, bytes, tsize, statistics }: PartRecord): PartRecord => ({
  cid,
  path,
  rows,
  bytes,
  tsize,
  statistics
})

function readFooter(fd: number): Uint8Array {
  const { size } = fstatSync(fd)
  const length = footerLength(readAt(fd, Math.max(0, size - TAIL), TAIL))
  if (length > size - TAIL) throw new KitError('CORRUPT_FORMAT', 'its footer is longer than it is')
  return readAt(fd, size - TAIL - length, length)
}

function readAt(fd: number, position: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length)
  const got = readSync(fd, bytes, 0, length, position)
  return bytes.subarray(0, got)
}
