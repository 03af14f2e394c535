/**
 * A DAG as one archive whose size is known before its first byte: CARv2 with an index, or CARv1. The
 * first pass over the DAG lists its blocks and their sizes, the second one streams them, so that an
 * upload needs no temporary copy.
 */
import type { Cid } from '../core/cid.js'
import { Pieces } from '../core/pieces.js'
import { Turns } from '../core/turns.js'
import { CarIndexWriter } from '../formats/car-index-writer.js'
import { carHeader, carV2Head, sectionHead, V2_HEAD } from '../formats/car-writer.js'
import { linksOf } from '../formats/links.js'
import type { ArchiveBlocks } from './archive-blocks.js'
import { DagWalk } from './dag-walk.js'
import { unreadable } from './car-export.js'
import { readAhead } from './read-ahead.js'
import { SectionList, type PlannedSection } from './section-list.js'

export interface ArchiveOptions {
  /** Ends both passes. */
  readonly signal: AbortSignal
  /** The version of the format, 2 unless given; one of version 1 has no index. */
  readonly version?: 1 | 2
}

/**
 * An archive that can be streamed. Memory: some 42 bytes for each block,
 * and as many for the index.
 */
export interface CarArchive {
  /** Size in bytes. */
  readonly size: number
  /** Number of blocks. */
  readonly blocks: number
  /**
   * Yields the bytes of the archive in pieces of some MiB, each of which belongs to the caller; each
   * call begins again. The payload is what `car export` writes.
   * @throws STALE where a block has another size than before, so that no false archive comes to its
   *   end; what the source throws; the reason of the signal.
   */
  content(): AsyncIterable<Uint8Array>
}

/**
 * Plans the archive of a DAG: its blocks depth first, each once.
 * @throws BLOCK_NOT_FOUND at the first missing block, UNSUPPORTED at the first whose links cannot be
 *   read, because an archive must not have holes; what the source throws; the reason of the signal.
 */
export async function carArchive(
  root: Cid,
  blocks: ArchiveBlocks,
  { signal, version = 2 }: ArchiveOptions
): Promise<CarArchive> {
  const header = carHeader([root])
  const sections = new SectionList()
  const index = new CarIndexWriter()
  let payload = header.length
  for await (const { cid, length } of sectionsBelow(root, blocks, signal)) {
    sections.add(cid, length)
    if (version === 2) index.add(cid, payload)
    payload += sectionHead(cid, length).length + length
  }
  const framed = version === 1 ? 0 : V2_HEAD + index.encodedLength
  const size = framed + payload
  const content = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    const pieces = new Pieces(size)
    if (version === 2) yield* pieces.add(carV2Head(payload))
    yield* pieces.add(header)
    yield* sectionPieces(sections, { blocks, pieces, signal })
    if (version === 2) yield* pieces.add(index.encode())
    yield* pieces.rest()
  }
  return { size, blocks: sections.count, content }
}

/** Yields the blocks below a root, depth first, and reads those alone whose size or links it needs. */
async function* sectionsBelow(
  root: Cid,
  blocks: ArchiveBlocks,
  signal: AbortSignal
): AsyncGenerator<PlannedSection, void, undefined> {
  const turns = new Turns(signal)
  const way = new DagWalk([root])
  for (let next = way.next(); next !== undefined; next = way.next()) {
    if (turns.isDue) await turns.take()
    const { cid, isAgain } = next
    const length = leafLength(cid, blocks)
    if (length !== undefined) {
      yield { cid, length }
      way.enter(cid, [])
      continue
    }
    const block = cid.isIdentity ? cid.identityBlock : await blocks.getBlock(cid, { signal })
    const links = linksOf(cid, block)
    if (links.answer === 'unknown') throw unreadable(cid, root, links.reason)
    if (!isAgain && !cid.isIdentity) yield { cid, length: block.length }
    way.enter(cid, links.cids)
  }
}

const leafLength = (cid: Cid, blocks: ArchiveBlocks): number | undefined =>
  cid.isIdentity ? undefined : blocks.leafLength?.(cid)

interface Gathering {
  readonly blocks: ArchiveBlocks
  readonly pieces: Pieces
  readonly signal: AbortSignal
}

/** Yields the pieces that the sections fill, each section whole in one of them. */
async function* sectionPieces(
  sections: Iterable<PlannedSection>,
  { blocks, pieces, signal }: Gathering
): AsyncGenerator<Uint8Array, void, undefined> {
  const turns = new Turns(signal)
  for await (const { cid, length, fill } of readAhead(sections, blocks, signal)) {
    const head = sectionHead(cid, length)
    yield* pieces.place(head.length + length, (room) => {
      room.set(head)
      fill(room.subarray(head.length))
    })
    if (turns.isDue) await turns.take()
  }
}
