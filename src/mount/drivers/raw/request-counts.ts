/**
 * Counts of the kernel's requests by kind, and times of their answers, in shared memory: a row of
 * plain numbers per thread, which no other thread writes.
 */
import { getSystemErrorName } from 'node:util'
import { BOUNDS_MS, bucketOf, type HistogramReport } from '../../../core/histogram.js'
import { ENOSYS } from '../../errno.js'
import { Op } from './protocol.js'
import { MAX_THREADS } from './current-requests.js'

const OPS = 64
const BUCKETS = BOUNDS_MS.length + 1
const SUM = OPS + BUCKETS
const ERRORS = SUM + 1
/** Errnos of Linux are below this. */
const ERRNOS = 134
const ROW = ERRORS + ERRNOS
/** The row of the thread that answers deferred requests. */
export const DEFERRED_ROW = MAX_THREADS
const ROWS = MAX_THREADS + 1

export type CountsMemory = SharedArrayBuffer

export const reserveCounts = (): CountsMemory => new SharedArrayBuffer(ROWS * ROW * 8)

/** The row of one thread. */
export class RequestCounts {
  readonly #row: Float64Array

  constructor(memory: CountsMemory, row: number) {
    this.#row = new Float64Array(memory, row * ROW * 8, ROW)
  }

  count(op: number): void {
    this.#row[op % OPS]! += 1
  }

  /** Counts an answer and its time. */
  answered(ms: number): void {
    this.#row[OPS + bucketOf(ms)]! += 1
    this.#row[SUM]! += ms
  }

  /** Counts an answer that is an error. ENOSYS only stops the kernel from asking. */
  failed(errno: number): void {
    if (errno !== ENOSYS && errno < ERRNOS) this.#row[ERRORS + errno]! += 1
  }
}

const NAMES = new Map<number, string>(Object.entries(Op).map(([name, op]) => [op, name.toLowerCase()])) // prettier-ignore

/** Number of requests by name, and the times of their answers. */
export interface RequestReport {
  readonly requests: Readonly<Record<string, number>>
  readonly latency: HistogramReport
  /** Number of answers by the name of their errno. */
  readonly errors: Readonly<Record<string, number>>
}

/** Sums up the rows of all threads. */
export function reportCounts(memory: CountsMemory): RequestReport {
  const all = new Float64Array(memory)
  const sum = (at: number): number => {
    let total = 0
    for (let row = 0; row < ROWS; row++) total += all[row * ROW + at]!
    return total
  }
  const requests: Record<string, number> = {}
  for (let op = 0; op < OPS; op++) {
    const count = sum(op)
    if (count > 0) requests[NAMES.get(op) ?? `op_${op}`] = count
  }
  const counts = Array.from({ length: BUCKETS }, (_, i) => sum(OPS + i))
  const errors: Record<string, number> = {}
  for (let errno = 1; errno < ERRNOS; errno++) {
    const count = sum(ERRORS + errno)
    if (count > 0) errors[getSystemErrorName(-errno)] = count
  }
  return { requests, latency: { boundsMs: BOUNDS_MS, counts, sumMs: sum(SUM) }, errors }
}
