/** Reads the entries of a log, which another process may be writing. */
import { statSync } from 'node:fs'
import { KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import type { LogEntry } from './frame.js'
import { checkFollows, framesOf, readSegment, segmentsIn, type SegmentFile } from './segment.js'

/**
 * Yields the entries from an LSN on, in order, without a lock. It is a consistent prefix of the log,
 * which ends where a torn frame begins; the last entries may not be durable yet. Where the entries from
 * there on were pruned, the first one has a later LSN. Payloads share the memory of their segment.
 * @throws CORRUPT_FORMAT naming file and offset; NEWER_FORMAT for a newer version; STALE where the log
 * is pruned meanwhile beyond the entry that was read last.
 */
export function* readLog(folder: string, from: number): Generator<LogEntry> {
  const files = segmentsIn(folder)
  let next: number | undefined
  for (const [i, file] of files.entries()) {
    if ((files[i + 1]?.first ?? Infinity) <= from) continue
    const bytes = readSegment(file)
    if (bytes === undefined) {
      if (next !== undefined) throw pruned(file)
      continue
    }
    checkFollows(file, next)
    const frames = framesOf(file, bytes)
    let step = frames.next()
    for (; step.done !== true; step = frames.next())
      for (const entry of step.value.entries) if (entry.lsn >= from) yield entry
    next = step.value.next
  }
}

const pruned = ({ path }: SegmentFile): KitError =>
  new KitError('STALE', `the log ${path} was pruned while it was read; read its state again`)

/** Returns a text that changes whenever the log does. */
export function logTail(folder: string): string {
  const last = segmentsIn(folder).at(-1)
  const size = last === undefined ? undefined : ifPresent(() => statSync(last.path).size)
  return `${last?.first ?? 0}:${size ?? 0}`
}
