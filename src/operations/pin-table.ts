/**
 * What is pinned, as a table, had in the quickest way that is current: the mapped file, the stream of the
 * engine, its JSON, and else what the index is made from.
 */
import { Cid, DAG_CBOR } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { inTurns } from '../core/turns.js'
import { bytesOfVersion } from '../datasets/version-block.js'
import { decodePb, TSIZE_ABSENT } from '../formats/dag-pb.js'
import { streamRows } from '../ipc/arrow-stream.js'
import { STREAMS, type PinIndexRow } from '../ipc/streams.js'
import { readPins } from '../store/pins.js'
import type { PinMappings } from '../pins/pin-mappings.js'
import type { ContentView } from './content-view.js'
import { withMappings } from './mappings-view.js'
import { openPinIndex, pinRows, type PinnedNode, type Reads } from './pin-index.js'
import type { Run } from './run.js'
import type { Services } from './services.js'
import { withContent } from './with-content.js'

export interface PinTableWay {
  /** Whether the rows are read where they lie in a file that is mapped. */
  readonly method: 'zero_copy' | 'traditional'
  readonly source: 'arrow_ipc_daemon' | 'traditional_json_fallback' | 'direct_pin_index'
}

export interface PinTable extends PinTableWay {
  /** All are of one moment. They are read while the work runs. */
  readonly rows: Iterable<PinIndexRow>
}

const COLUMNS = STREAMS.pin_index
type Ask = (path: string) => Promise<Uint8Array | undefined>
type Use<T> = (table: PinTable) => T

/**
 * Runs work with the table.
 * @param parts `pins`: the rows of copies may be missing, so that a log of mappings that is damaged is nobody's concern.
 * @throws CORRUPT_FORMAT for a log of pins that is damaged.
 */
export async function withPinTable<T>(
  services: Services,
  run: Run,
  work: Use<T>,
  parts: 'all' | 'pins' = 'all'
): Promise<T> {
  const file = openPinIndex(services.home)
  if (file !== undefined)
    try {
      const rows = file.rows(COLUMNS) as Iterable<PinIndexRow>
      return work({ rows, method: 'zero_copy', source: 'arrow_ipc_daemon' })
    } finally {
      file.close()
    }
  const ask: Ask = (path) => services.engine.ask(path, run)
  const asked = (await fromStream(ask)) ?? (await fromJson(ask))
  if (asked !== undefined) return work(asked)
  return await direct(services, run, work, parts)
}

async function fromStream(ask: Ask): Promise<PinTable | undefined> {
  const bytes = await ask('/ipc/pin_index')
  if (bytes === undefined) return undefined
  const rows = streamRows(bytes, COLUMNS) as Iterable<PinIndexRow>
  return { rows, method: 'traditional', source: 'arrow_ipc_daemon' }
}

async function fromJson(ask: Ask): Promise<PinTable | undefined> {
  const bytes = await ask('/ipc/pin_index.json')
  if (bytes === undefined) return undefined
  const { rows } = JSON.parse(Buffer.from(bytes).toString()) as { rows: PinIndexRow[] }
  return { rows, method: 'traditional', source: 'traditional_json_fallback' }
}

const direct = <T>(services: Services, run: Run, work: Use<T>, parts: 'all' | 'pins'): Promise<T> =>
  withContent(services, run, false, async (view) => {
    // A list of pins does not tell when they were read.
    const reads = parts === 'pins' ? new Map<string, number>() : await lastReads(services, run)
    const tell = (mappings: PinMappings | undefined): T => {
      const pins = readPins(view.reader.layout.pins)
      const rows = pinRows([...pins.values()], pins, mappings, (cid) => pinnedNode(view, cid), reads) // prettier-ignore
      return work({ rows, method: 'traditional', source: 'direct_pin_index' })
    }
    return parts === 'pins' ? tell(undefined) : await withMappings(services.home, tell)
  })

/** Returns when content was read last, as the metadata index knows it: ms since 1970, by CID. */
async function lastReads({ index }: Services, { signal }: Run): Promise<Reads> {
  const reads = new Map<string, number>()
  try {
    await index.use(async (opened) => {
      for await (const { cid, last_accessed: last } of inTurns(opened.lastReads(), signal))
        if (last !== null) reads.set(cid, last)
    })
  } catch (error) {
    // A damaged index keeps nobody from the pins.
    if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
  }
  return reads
}

/** Returns the bytes of all blocks of a folder, as its root counts them; null where that does not say. */
function folderSize(block: Uint8Array): number | null {
  const { tsizes, count } = decodePb(block)
  const known = tsizes.subarray(0, count)
  if (known.includes(TSIZE_ABSENT)) return null
  return known.reduce((sum, tsize) => sum + tsize, block.length)
}

/** Returns what is known of a pin; nothing of what is missing, or no CID. */
export function pinnedNode({ content }: Pick<ContentView, 'content'>, cid: string): PinnedNode {
  try {
    const root = Cid.parse(cid)
    const { type, size } = content.stat(root)
    if (root.codec === DAG_CBOR) return { isFolder: false, size: bytesOfVersion(root, content.blocks.get(root)) ?? size } // prettier-ignore
    if (type !== 'directory') return { isFolder: false, size }
    return { isFolder: true, size: folderSize(content.blocks.get(root)) }
  } catch (error) {
    if (isKitError(error)) return { isFolder: false, size: null }
    throw error
  }
}
