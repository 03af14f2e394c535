/** Pins as archives among the named files of a backend: one CARv2 with its index for each. */
import type { FileReader, FileWriter } from '../../backends/facets/named-files.js'
import type { ArchiveBlocks } from '../content/archive-blocks.js'
import { carArchive } from '../content/car-archive.js'
import { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { checkArchive } from './archive-stream.js'
import { archiveName, type Mapping } from './mapping.js'
import type { PlaceMark } from './place-mark.js'
import type { Kept, PinFinder, PinTarget, Stored, TargetOptions } from './pin-target.js'

/** Looks at archives, of a backend that is read only too. */
export class ArchiveFinder implements PinFinder {
  readonly #reader: FileReader
  readonly #mark: PlaceMark

  constructor(reader: FileReader, mark: PlaceMark) {
    this.#reader = reader
    this.#mark = mark
  }

  async find(mapping: Mapping, { signal }: TargetOptions): Promise<Kept | undefined> {
    const entry = await this.#reader.stat(archiveName(mapping), { signal })
    if (entry !== undefined) return { size: entry.size, isWhole: true, details: '' }
    await this.#mark.check(signal)
    return undefined
  }

  async check(mapping: Mapping, options: TargetOptions): Promise<void> {
    const { signal } = options
    if (mapping.own.size !== undefined) options.onTotal(mapping.own.size)
    const bytes = this.#reader.get(archiveName(mapping), { position: 0 }, { signal })
    try {
      await checkArchive(Cid.parse(mapping.cid), counted(bytes, options))
    } catch (error) {
      // What fails because another place is there says nothing about the pin.
      if (isKitError(error, 'PATH_NOT_FOUND')) await this.#mark.check(signal)
      throw error
    }
  }
}

export class ArchiveTarget extends ArchiveFinder implements PinTarget {
  readonly isSlow = false
  readonly #writer: FileWriter
  readonly #mark: PlaceMark

  constructor(reader: FileReader, writer: FileWriter, mark: PlaceMark) {
    super(reader, mark)
    this.#writer = writer
    this.#mark = mark
  }

  async store(mapping: Mapping, blocks: ArchiveBlocks, options: TargetOptions): Promise<Stored> {
    const { signal } = options
    const isNewMark = await this.#mark.leave(this.#writer, signal)
    const archive = await carArchive(Cid.parse(mapping.cid), blocks, { signal })
    options.onTotal(archive.size)
    const content = (): AsyncIterable<Uint8Array> => counted(archive.content(), options)
    const { size } = archive
    await this.#writer.put(archiveName(mapping), content, { signal, size })
    if (isNewMark) await this.#mark.confirm(signal)
    return { size, blocks: archive.blocks, isWhole: true, details: '' }
  }

  async remove(mapping: Mapping, { signal }: TargetOptions): Promise<void> {
    if (await this.#mark.mayRemove(signal))
      await this.#writer.remove(archiveName(mapping), { signal })
  }
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  { onBytes }: TargetOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    onBytes(piece.length)
    yield piece
  }
}
