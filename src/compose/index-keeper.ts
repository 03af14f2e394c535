/** Makes the keeper of the metadata index of an engine. */
import type { Cid } from '../core/cid.js'
import { systemClock } from '../core/clock.js'
import type { Log } from '../core/log.js'
import { takeReads } from '../metadata/read-notes.js'
import type { IndexPatch } from '../metadata/patch.js'
import { describedContent } from '../operations/entry-patch.js'
import { IndexKeeper } from '../service/index-keeper.js'
import { OpenCounts, type OpenCountsMemory } from '../service/open-counts.js'
import type { LocalOwner } from '../service/local-owner.js'
import { openContent } from './content-view.js'

/** @param opens what the threads of the engine opened. */
export function indexKeeper(
  home: string,
  { index }: LocalOwner,
  opens: OpenCountsMemory | undefined,
  log: Log
): IndexKeeper {
  const counts = opens === undefined ? undefined : new OpenCounts(opens)
  return new IndexKeeper({
    opened: () => counts?.take() ?? [],
    record: (patches) => index.record(patches),
    pending: () => index.pending(),
    compact: () => index.settle(true),
    describe: (cids) => describe(home, cids),
    noted: () => takeReads(home),
    clock: systemClock,
    log
  })
}

async function describe(home: string, cids: readonly Cid[]): Promise<readonly IndexPatch[]> {
  const run = { signal: new AbortController().signal, progress: ignored, warn: ignored }
  const view = openContent(home, undefined, run, true)
  try {
    const at = Date.now()
    return cids.flatMap((cid) => describedContent(view.content, cid, '', at, 'disk') ?? [])
  } finally {
    await view.close()
  }
}

const ignored = (): void => undefined
