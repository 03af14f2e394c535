/** Brings the index up to date with what the home has: its pins, their copies, and what they are. */
import { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { isForgotten, patched, type IndexPatch } from '../metadata/patch.js'
import { gonePatch, isIndexed, pinnedPatch, unpinnedPatch } from '../metadata/pin-patch.js'
import type { IndexRecord } from '../metadata/record.js'
import type { MetadataIndex } from '../metadata/metadata-index.js'
import { readPins, type Pin } from '../store/pins.js'
import type { ContentView } from './content-view.js'
import { describedContent } from './entry-patch.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface MetadataRefreshResult {
  /** Records that changed. */
  readonly changed: number
  /** Records in all. */
  readonly records: number
}

/** @throws LOCKED, NO_SPACE, CORRUPT_FORMAT. */
export const metadataRefresh: Operation<object, MetadataRefreshResult> = async (
  services,
  _,
  run
) => {
  const patches = await withContent(services, run, false, (view) =>
    services.index.use((index) => [...missing(index, view, Date.now())])
  )
  const owner = await services.openOwner(run)
  try {
    await owner.recordIndex(patches)
    await owner.settleIndex(true)
  } finally {
    owner.close()
  }
  const records = await services.index.use(({ tableRows, pending }) => tableRows + pending)
  return { changed: new Set(patches.map(({ cid }) => cid)).size, records }
}

/** Yields what the index lacks. */
function* missing(index: MetadataIndex, view: ContentView, at: number): Iterable<IndexPatch> {
  const pins = readPins(view.reader.layout.pins)
  for (const pin of pins.values()) {
    if (!isIndexed(pin)) continue
    const record = index.get(pin.cid)
    if (record?.pinned !== true) yield pinnedPatch(pin)
    const isDescribed =
      (record?.mime_type ?? null) !== null && (record?.size_bytes ?? null) !== null
    const described = isDescribed ? undefined : describe(view, pin, at)
    if (described !== undefined) yield described
  }
  for (const record of index.all()) {
    if (record.pinned === true && !pins.has(record.cid)) yield unpinnedPatch(record.cid, at)
    const place = placePatch(view, record, at)
    if (place !== undefined) yield place
  }
}

/** Returns what the index has to be told of where content is. */
function placePatch(view: ContentView, record: IndexRecord, at: number): IndexPatch | undefined {
  const { cid, local, current_tier } = record
  const tier = tierOf(view, cid)
  if (tier === 'local')
    return local === true ? undefined : { cid, at, set: { local: true, current_tier: 'local' } }
  const patch = gonePatch(record, at, tier)
  if (isForgotten(patched(record, patch), patch)) return patch
  const isKnown = local !== true && current_tier === patch.set?.current_tier
  // What other nodes alone told of was never here.
  return isKnown || (local === false && current_tier === null) ? undefined : patch
}

function tierOf(view: ContentView, cid: string): 'local' | 'disk' | undefined {
  try {
    return view.tierOf(Cid.parse(cid))
  } catch (error) {
    // Older installations invented some.
    if (isKitError(error)) return undefined
    throw error
  }
}

function describe(
  { content }: ContentView,
  { cid, name }: Pin,
  at: number
): IndexPatch | undefined {
  try {
    return describedContent(content, Cid.parse(cid), name, at)
  } catch (error) {
    // A pin that is no CID, which only a damaged home has.
    if (isKitError(error)) return undefined
    throw error
  }
}
