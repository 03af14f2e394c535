/** Reads the blocks of planned sections in order, and several at once where each takes its time. */
import { onAbort } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import { otherLength, type ArchiveBlocks, type FillWithBlock } from './archive-blocks.js'
import type { PlannedSection } from './section-list.js'

const MAX_AHEAD = 16
const MAX_BYTES_AHEAD = 16 << 20

interface Pending extends PlannedSection {
  readonly block: FillWithBlock | Uint8Array | Promise<Uint8Array>
}

export interface ReadSection extends PlannedSection {
  /** Puts the block where it goes; to be called before the next section is asked for. */
  readonly fill: FillWithBlock
}

/**
 * Yields each section with its block. Reads that are under way end with the consumer.
 * @throws what the source throws, the signal's reason; STALE where a block has another length than
 *   was planned, and so does `fill`.
 */
export async function* readAhead(
  sections: Iterable<PlannedSection>,
  blocks: Pick<ArchiveBlocks, 'getBlock' | 'atHand'>,
  signal: AbortSignal
): AsyncGenerator<ReadSection, void, undefined> {
  const end = new AbortController()
  const release = onAbort(signal, () => end.abort(signal.reason))
  const pending: Pending[] = []
  let bytes = 0
  try {
    for (const { cid, length } of sections) {
      const block = blocks.atHand?.(cid) ?? blocks.getBlock(cid, { signal: end.signal })
      // One that fails before its turn comes must not count as unhandled.
      if (block instanceof Promise) block.catch(() => undefined)
      pending.push({ cid, length, block })
      bytes += length
      while (pending.length > 0 && isDue(pending, bytes)) {
        const first = pending.shift()!
        bytes -= first.length
        yield await ready(first)
      }
    }
    for (const section of pending) yield await ready(section)
  } finally {
    release()
    end.abort(new KitError('ABORTED', 'nobody reads on'))
  }
}

async function ready({ cid, length, block }: Pending): Promise<ReadSection> {
  if (typeof block === 'function') return { cid, length, fill: block }
  const bytes = await block
  if (bytes.length !== length) throw otherLength(cid, bytes.length, length)
  return { cid, length, fill: (target) => target.set(bytes) }
}

/** A block that is at hand waits for none behind it. */
const isDue = (pending: readonly Pending[], bytes: number): boolean =>
  pending.length >= MAX_AHEAD || bytes >= MAX_BYTES_AHEAD || !(pending[0]!.block instanceof Promise)
