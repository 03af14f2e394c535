/** Makes what keeps the Arrow files of an engine's home true. */
import { Content, TABLE_MEMORY } from '../content/content.js'
import { systemClock } from '../core/clock.js'
import { isKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import { removeStream, writeMoment } from '../ipc/moment-file.js'
import { removeUnfinished } from '../ipc/unfinished.js'
import type { EngineReport } from '../operations/engine-report.js'
import { momentRows, type MomentRows } from '../operations/moment-streams.js'
import {
  isPinIndexCurrent,
  writePinIndex,
  type PinnedNode,
  type Reads
} from '../operations/pin-index.js'
import { pinnedNode } from '../operations/pin-table.js'
import type { LocalOwner } from '../service/local-owner.js'
import { StreamPublisher } from '../service/stream-publisher.js'

/** Metrics that are never the same twice, and mean nothing by themselves. */
const RESTLESS: ReadonlySet<string> = new Set([
  'ipfs_kit_memory_bytes',
  'ipfs_kit_free_bytes',
  'ipfs_kit_gc_age_seconds'
])

/** Reads alone have the index of pins written for this share of the time at most. */
const READS_SHARE = 0.01

export function streamPublisher(
  { store, index }: LocalOwner,
  report: () => EngineReport,
  log: Log
): StreamPublisher {
  const { home } = store.layout
  const content = new Content(store.reader, store.reader, { memory: TABLE_MEMORY })
  removeUnfinished(home)
  let pinsChangedAt = Date.now()
  const pins = () => store.pins.pins
  const describe = (cid: string): PinnedNode => pinnedNode({ content }, cid)
  const reads = newsOfReads(index)
  return new StreamPublisher({
    isPinIndexCurrent: () => isPinIndexCurrent(home) && !reads.areDue(),
    writePinIndex: async (signal) => {
      if (!isPinIndexCurrent(home)) pinsChangedAt = Date.now()
      await reads.use(
        (news) => writePinIndex({ home, pins, describe, reads: news }, signal),
        signal
      )
    },
    writeMoment: (before, validUntilMs) => {
      const rows = momentRows(report(), Date.now(), pinsChangedAt)
      const moment = keyOf(rows)
      if (moment !== before)
        for (const name of NAMES)
          writeMoment(home, name, rows[name], Math.floor(validUntilMs / 1000))
      return moment
    },
    removeMoment: () => NAMES.forEach((name) => removeStream(home, name)),
    clock: systemClock,
    log
  })
}

/** The reads that the index of pins lacks: all that were ever recorded at first, then those since it was written. */
function newsOfReads(index: LocalOwner['index']) {
  let areKnown = false
  let dueAt = -Infinity
  return {
    areDue: (): boolean => index.hasReads && systemClock.elapsed() >= dueAt,
    use: async (work: (news: Reads) => Promise<void>, signal: AbortSignal): Promise<void> => {
      const began = systemClock.elapsed()
      const since = index.takeReads()
      const news = areKnown ? since : ((await lastReads(index, signal)) ?? since)
      // Of work that fails, the news are lost.
      areKnown = false
      await work(news)
      areKnown = true
      const ended = systemClock.elapsed()
      dueAt = ended + (ended - began) / READS_SHARE
    }
  }
}

/** Returns when all content was read last; undefined where the index is damaged, which keeps nobody from the pins. */
async function lastReads(
  index: LocalOwner['index'],
  signal: AbortSignal
): Promise<Reads | undefined> {
  // prettier-ignore
  try {
    return await index.lastReads(signal)
  } catch (error) {
    if (isKitError(error, 'CORRUPT_FORMAT')) return undefined
    throw error
  }
}

const NAMES = ['metrics', 'vfs_stats', 'backend_health'] as const

/** Returns what is to be told of rows: neither when they were made, nor what always changes. */
const keyOf = ({ metrics, vfs_stats, backend_health }: MomentRows): string =>
  JSON.stringify([
    metrics.flatMap(({ metric_name, metric_value, tags }) =>
      RESTLESS.has(metric_name ?? '') ? [] : [[metric_name, metric_value, tags]]
    ),
    vfs_stats,
    backend_health.map((row) => ({ ...row, last_check: 0 }))
  ])
