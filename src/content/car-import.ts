/** Imports a CAR into a session in bounded memory, verifying every block. */
import { setImmediate as turn } from 'node:timers/promises'
import { IndexChecker } from '../formats/car-index-checker.js'
import type { CarReader, Section } from '../formats/car-reader.js'
import { verifyBlock, type Cid } from '../core/cid.js'
import { KitError, toKitError } from '../core/errors.js'
import { KeySet } from '../core/key-set.js'
import type { BlockSink } from '../store/ports.js'
import { FileAssembler } from './file-assembler.js'
import { describeBlock } from '../formats/describe-block.js'
import { readableLinks } from './walk.js'

export interface ImportReport {
  readonly roots: readonly Cid[]
  blocks: number
  bytes: number
  duplicates: number
  /** Links to blocks that neither the archive nor the store has. */
  missing: number
}

export interface ImportOptions {
  readonly signal: AbortSignal
  readonly onBytes: (count: number) => void
  readonly warn: (message: string) => void
}

/** Bytes imported before the event loop gets a turn. */
const BYTES_PER_TURN = 4 << 20

/**
 * Imports every block of an archive. Nothing is visible before the session is published, so an
 * archive refused half-way leaves nothing.
 * @throws CORRUPT_FORMAT, INTEGRITY naming the offset; ABORTED.
 */
export async function importCar(
  reader: CarReader,
  sink: BlockSink,
  options: ImportOptions
): Promise<ImportReport> {
  const report: ImportReport = {
    roots: reader.header.roots,
    blocks: 0,
    bytes: 0,
    duplicates: 0,
    missing: 0
  }
  const checker = new IndexChecker(reader, options.warn)
  const linked = new KeySet()
  const assembler = new FileAssembler(sink)
  let untilTurn = BYTES_PER_TURN
  try {
    for (const section of reader.sections()) {
      importSection(section, sink, assembler, linked, report)
      checker.check(section.cid, section.offset)
      options.onBytes(section.block.length)
      untilTurn -= section.block.length
      if (untilTurn > 0) continue
      untilTurn = BYTES_PER_TURN
      await turn()
      if (options.signal.aborted) throw new KitError('ABORTED', 'interrupted')
    }
    assembler.finish()
  } catch (error) {
    assembler.abandon()
    throw error
  }
  for (const root of reader.header.roots)
    if (!sink.has(root))
      throw new KitError('CORRUPT_FORMAT', `the archive does not hold its own root ${root}`)
  if (report.blocks === 0) throw new KitError('CORRUPT_FORMAT', 'the archive holds no blocks')
  for (const key of linked) if (!sink.hasKey(key)) report.missing++
  return report
}

/** Verifies and stores a block and collects its links. @throws errors that name the offset. */
function importSection(
  { cid, block, offset }: Section,
  sink: BlockSink,
  assembler: FileAssembler,
  linked: KeySet,
  report: ImportReport
): void {
  try {
    verifyBlock(cid, block)
  } catch (error) {
    const { code, message } = toKitError(error)
    throw new KitError(code, `section at offset ${offset}: ${message}`, { cause: error })
  }
  report.blocks++
  report.bytes += block.length
  const meta = describeBlock(cid.codec, block)
  for (const link of readableLinks(cid, block)) if (!link.isIdentity) linked.add(link.key)
  if (sink.has(cid)) report.duplicates++
  assembler.add(cid, block, meta)
}
