/** Imports CARs into a session in bounded memory, verifying every block. */
import { IndexChecker } from '../formats/car-index-checker.js'
import type { CarReader, Section } from '../formats/car-reader.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { KitError, toKitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import { Turns } from '../core/turns.js'
import { describeBlock } from '../formats/describe-block.js'
import { linksToStored } from '../formats/links.js'
import type { BlockSink } from '../store/ports.js'
import { FileAssembler } from './file-assembler.js'

export interface ImportReport {
  readonly roots: readonly Cid[]
  blocks: number
  bytes: number
  duplicates: number
}

export interface ImportOptions {
  readonly signal: AbortSignal
  readonly onBytes: (count: number) => void
  readonly warn: (message: string) => void
}

/** The import of some archives, which together may hold what a root leads to. */
export class CarImport {
  readonly #sink: BlockSink
  /** Keys of the blocks that the archives link to. */
  readonly #linked = new KeySet()
  /** Blocks whose links cannot be read, up to a few, with the reason. */
  readonly unreadable: string[] = []

  constructor(sink: BlockSink) {
    this.#sink = sink
  }

  /**
   * Imports every block of an archive. Nothing is visible before the session is published, so an
   * archive refused half-way leaves nothing.
   * @throws CORRUPT_FORMAT, INTEGRITY naming the offset; ABORTED.
   */
  async add(reader: CarReader, options: ImportOptions): Promise<ImportReport> {
    const { roots } = reader.header
    const report: ImportReport = { roots, blocks: 0, bytes: 0, duplicates: 0 }
    const checker = new IndexChecker(reader, options.warn)
    const assembler = new FileAssembler(this.#sink)
    const turns = new Turns(options.signal)
    try {
      for (const section of reader.sections()) {
        this.#section(section, assembler, report)
        checker.check(section.cid, section.offset)
        options.onBytes(section.block.length)
        if (turns.isDue) await turns.take()
      }
      await turns.take()
      assembler.finish()
    } catch (error) {
      assembler.abandon()
      throw error
    }
    for (const root of roots) if (root.isIdentity) this.#noteLinks(root, root.identityBlock)
    if (report.blocks === 0 && !(roots.length > 0 && roots.every((root) => root.isIdentity)))
      throw new KitError('CORRUPT_FORMAT', 'the archive holds no blocks')
    return report
  }

  /** Checks that a root was imported or stored before. @throws CORRUPT_FORMAT. */
  checkRoot(root: Cid): void {
    if (!this.#sink.has(root))
      throw new KitError(
        'CORRUPT_FORMAT',
        `the root ${root} is in no archive and not in the store, so it cannot be pinned; --no-pin imports what is there`
      )
  }

  /** Returns the number of linked blocks that neither the archives nor the store have. */
  missing(): number {
    let missing = 0
    for (const key of this.#linked) if (!this.#sink.hasKey(key)) missing++
    return missing
  }

  /** Verifies and stores a block and notes its links. @throws errors that name the offset. */
  #section({ cid, block, offset }: Section, assembler: FileAssembler, report: ImportReport): void {
    try {
      verifyBlock(cid, block)
    } catch (error) {
      const { code, message } = toKitError(error)
      throw new KitError(code, `section at offset ${offset}: ${message}`, { cause: error })
    }
    report.blocks++
    report.bytes += block.length
    this.#noteLinks(cid, block)
    if (this.#sink.has(cid)) report.duplicates++
    assembler.add(cid, block, describeBlock(cid.codec, block))
  }

  #noteLinks(cid: Cid, block: Uint8Array): void {
    const links = linksToStored(cid, block)
    for (const link of links.cids) this.#linked.add(link.key)
    if (links.answer === 'unknown' && this.unreadable.length < MAX_UNREADABLE)
      this.unreadable.push(`${cid}: ${links.reason}`)
  }
}

/** Number of unreadable blocks that are named. */
const MAX_UNREADABLE = 10
