/**
 * Pins that a backend keeps by itself: as an archive that it takes, as blocks that are put before it
 * pins them, or by its CID alone where it fetches by itself.
 */
import type { Backend } from '../../backends/backend.js'
import type { BlockWriter } from '../../backends/facets/blocks.js'
import { facetOf } from '../../backends/facets/facets.js'
import type { PinStatus } from '../../backends/facets/remote-pins.js'
import type { ArchiveBlocks } from '../content/archive-blocks.js'
import { carArchive } from '../content/car-archive.js'
import { DagWalk } from '../content/dag-walk.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'
import { linksOf } from '../formats/links.js'
import { nameOf, type Mapping } from './mapping.js'
import type { OwnNodes } from './own-nodes.js'
import { pinFailure } from './pin-failure.js'
import type { Kept, PinTarget, Stored, TargetOptions } from './pin-target.js'

export class RemotePinTarget implements PinTarget {
  readonly isSlow = true
  readonly #backend: Backend
  readonly #nodes: OwnNodes

  /** @param nodes are told to a backend that fetches by itself. */
  constructor(backend: Backend, nodes: OwnNodes) {
    this.#backend = backend
    this.#nodes = nodes
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
    const pins = facetOf(this.#backend, 'remotePins')
    const { blockWriter } = this.#backend.facets
    if (blockWriter !== undefined) {
      const put = await putBlocks(blockWriter, blocksBelow(root, blocks, signal), options)
      return { ...keptOf(await pins.pin(root, request, { signal }), mapping), ...put }
    }
    const origins = await this.#nodes.addresses({ signal })
    const status = await pins.pin(root, { ...request, origins }, { signal })
    if (status.state !== 'pinned' && status.delegates.length > 0)
      await this.#nodes.connect(status.delegates, { signal })
    return { ...keptOf(status, mapping), blocks: undefined, size: undefined }
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
  if (status.state === 'failed') throw pinFailure(backend, cid, status)
  return { size: undefined, isWhole: status.state === 'pinned', details: status.details }
}

/** Puts every block, one after the other. */
async function putBlocks(
  writer: BlockWriter,
  blocks: AsyncIterable<FoundBlock>,
  { signal, onBytes }: TargetOptions
): Promise<{ readonly blocks: number; readonly size: number }> {
  let count = 0
  let size = 0
  for await (const { cid, block } of blocks) {
    await writer.putBlock(cid, block, { signal })
    onBytes(block.length)
    count++
    size += block.length
  }
  return { blocks: count, size }
}

interface FoundBlock {
  readonly cid: Cid
  readonly block: Uint8Array
}

async function* blocksBelow(
  root: Cid,
  blocks: ArchiveBlocks,
  signal: AbortSignal
): AsyncGenerator<FoundBlock, void, undefined> {
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
