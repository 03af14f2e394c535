/** Makes what keeps the Arrow files of an engine's home true. */
import { Content, TABLE_MEMORY } from '../content/content.js'
import { systemClock } from '../core/clock.js'
import type { Log } from '../core/log.js'
import { removeStream, writeMoment } from '../ipc/moment-file.js'
import { removeUnfinished } from '../ipc/unfinished.js'
import type { EngineReport } from '../operations/engine-report.js'
import { momentRows, type MomentRows } from '../operations/moment-streams.js'
import { isPinIndexCurrent, writePinIndex, type PinnedNode } from '../operations/pin-index.js'
import { pinnedNode } from '../operations/pin-table.js'
import type { LocalOwner } from '../service/local-owner.js'
import { StreamPublisher } from '../service/stream-publisher.js'

/** Metrics that are never the same twice, and mean nothing by themselves. */
const RESTLESS: ReadonlySet<string> = new Set([
  'ipfs_kit_memory_bytes',
  'ipfs_kit_free_bytes',
  'ipfs_kit_gc_age_seconds'
])

export function streamPublisher(
  { store }: LocalOwner,
  report: () => EngineReport,
  log: Log
): StreamPublisher {
  const { home } = store.layout
  const content = new Content(store.reader, store.reader, { memory: TABLE_MEMORY })
  removeUnfinished(home)
  let pinsChangedAt = Date.now()
  const pins = () => store.pins.pins
  const describe = (cid: string): PinnedNode => pinnedNode({ content }, cid)
  return new StreamPublisher({
    isPinIndexCurrent: () => isPinIndexCurrent(home),
    writePinIndex: async (signal) => {
      pinsChangedAt = Date.now()
      await writePinIndex({ home, pins, describe }, signal)
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
