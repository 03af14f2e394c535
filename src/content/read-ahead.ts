/** Reads the blocks of planned sections in order, and several at once where each takes its time. */
import { onAbort } from '../core/abort.js'
import { KitError } from '../core/errors.js'
import type { ArchiveBlocks } from './archive-blocks.js'
import type { PlannedSection } from './section-list.js'

const MAX_AHEAD = 16
const MAX_BYTES_AHEAD = 16 << 20

interface Pending extends PlannedSection {
  readonly block: Uint8Array | Promise<Uint8Array>
}

export interface ReadSection extends PlannedSection {
  readonly block: Uint8Array
}

/**
 * Yields each section with its block. Reads that are under way end with the consumer.
 * @throws what the source throws, the signal's reason.
 */
export async function* readAhead(
  sections: Iterable<PlannedSection>,
  blocks: Pick<ArchiveBlocks, 'getBlock'>,
  signal: AbortSignal
): AsyncGenerator<ReadSection, void, undefined> {
  const end = new AbortController()
  const release = onAbort(signal, () => end.abort(signal.reason))
  const pending: Pending[] = []
  let bytes = 0
  try {
    for (const { cid, length } of sections) {
      const block = blocks.getBlock(cid, { signal: end.signal })
      // One that fails before its turn comes must not count as unhandled.
      if (block instanceof Promise) block.catch(() => undefined)
      pending.push({ cid, length, block })
      bytes += length
      while (pending.length > 0 && isDue(pending, bytes)) {
        const first = pending.shift()!
        bytes -= first.length
        yield { ...first, block: await first.block }
      }
    }
    for (const section of pending) yield { ...section, block: await section.block }
  } finally {
    release()
    end.abort(new KitError('ABORTED', 'nobody reads on'))
  }
}

/** A block that is at hand waits for none behind it. */
const isDue = (pending: readonly Pending[], bytes: number): boolean =>
  pending.length >= MAX_AHEAD || bytes >= MAX_BYTES_AHEAD || !(pending[0]!.block instanceof Promise)
