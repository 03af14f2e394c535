/**
 * Pins that a backend keeps by itself: as an archive that it takes, as blocks that are put before it
 * pins them, or by its CID alone where it fetches by itself.
 */
import type { Backend } from '../../backends/backend.js'
import { facetOf } from '../../backends/facets/facets.js'
import type { PinStatus } from '../../backends/facets/remote-pins.js'
import type { ArchiveBlocks } from '../content/archive-blocks.js'
import { carArchive } from '../content/car-archive.js'
import { DagWalk } from '../content/dag-walk.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { linksOf } from '../formats/links.js'
import { nameOf, type Mapping } from './mapping.js'
import type { Kept, PinTarget, Stored, TargetOptions } from './pin-target.js'

export class RemotePinTarget implements PinTarget {
  readonly isSlow = true
  readonly #backend: Backend

  constructor(backend: Backend) {
    this.#backend = backend
  }

  async store(mapping: Mapping, blocks: ArchiveBlocks, options: TargetOptions): Promise<Stored> {
    const { signal } = options
    const root = Cid.parse(mapping.cid)
    const request = { name: nameOf(mapping).slice(0, MAX_NAME) }
    const { carUploads } = this.#backend.facets
    if (carUploads !== undefined) {
      const archive = await carArchive(root, blocks, { signal, version: 1 })
      options.onTotal(archive.size)
      const content = (): AsyncIterable<Uint8Array> => told(archive.content(), options)
      const status = await carUploads.putCar(root, content, request, { signal })
      return { ...keptOf(status, mapping), size: archive.size, blocks: archive.blocks }
    }
    const put = await this.#putBlocks(root, blocks, options)
    const status = await facetOf(this.#backend, 'remotePins').pin(root, request, { signal })
    return { ...keptOf(status, mapping), ...put }
  }

  /** Puts every block where the backend takes blocks; it has to fetch them by itself elsewhere. */
  async #putBlocks(
    root: Cid,
    blocks: ArchiveBlocks,
    options: TargetOptions
  ): Promise<{ readonly blocks: number | undefined; readonly size: number | undefined }> {
    const { blockWriter } = this.#backend.facets
    if (blockWriter === undefined) return { blocks: undefined, size: undefined }
    const { signal, onBytes } = options
    let count = 0
    let size = 0
    for await (const { cid, block } of blocksBelow(root, blocks, signal)) {
      await blockWriter.putBlock(cid, block, { signal })
      onBytes(block.length)
      count++
      size += block.length
    }
    return { blocks: count, size }
  }

  async find(mapping: Mapping, { signal }: TargetOptions): Promise<Kept | undefined> {
    const { pinStates } = this.#backend.facets
    if (pinStates === undefined)
      return { size: undefined, isWhole: true, details: 'the backend does not tell' }
    const status = await pinStates.statusOf(Cid.parse(mapping.cid), { signal })
    return status === undefined ? undefined : keptOf(status, mapping)
  }

  async check(mapping: Mapping, options: TargetOptions): Promise<void> {
    const reader = facetOf(this.#backend, 'blockReader')
    // What a node fetches from another one says nothing of its own copy.
    const blocks: ArchiveBlocks = {
      getBlock: (cid, { signal }) => reader.getBlock(cid, { signal, isLocal: true })
    }
    for await (const { block } of blocksBelow(Cid.parse(mapping.cid), blocks, options.signal))
      options.onBytes(block.length)
  }

  async remove(mapping: Mapping, { signal }: TargetOptions): Promise<void> {
    await facetOf(this.#backend, 'pinRemoval').unpin(Cid.parse(mapping.cid), { signal })
  }
}

/** Most characters of a name that pinning services take. */
const MAX_NAME = 255

/** @throws BACKEND_UNAVAILABLE for a pin that the backend has given up. */
function keptOf(status: PinStatus, { cid, backend }: Mapping): Kept {
  if (status.state === 'failed')
    throw new KitError(
      'BACKEND_UNAVAILABLE',
      `${backend} failed to pin ${cid}${status.details === '' ? '' : `: ${status.details}`}`
    )
  return { size: undefined, isWhole: status.state === 'pinned', details: status.details }
}

async function* blocksBelow(
  root: Cid,
  blocks: ArchiveBlocks,
  signal: AbortSignal
): AsyncGenerator<{ readonly cid: Cid; readonly block: Uint8Array }, void, undefined> {
  const way = new DagWalk([root])
  for (let next = way.next(); next !== undefined; next = way.next()) {
    const { cid, isAgain } = next
    const block = cid.isIdentity ? cid.identityBlock : await blocks.getBlock(cid, { signal })
    const links = linksOf(cid, block)
    if (links.answer === 'unknown')
      throw new KitError('UNSUPPORTED', `what block ${cid} leads to is unknown: ${links.reason}`)
    if (!isAgain && !cid.isIdentity) yield { cid, block }
    way.enter(cid, links.cids)
  }
}

async function* told(
  pieces: AsyncIterable<Uint8Array>,
  { onBytes }: TargetOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    onBytes(piece.length)
    yield piece
  }
}
