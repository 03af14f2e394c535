/** The thread that writes a large pair: decoding and compression would hold the main thread up. */
import { parentPort, workerData } from 'node:worker_threads'
import { writePair, type Change } from './compaction.js'
import { PairFiles } from './pair-files.js'

export interface CompactionTask {
  readonly folder: string
  readonly changes: readonly Change[]
  readonly lsn: number
  readonly createdAt: string
}

const { folder, changes, lsn, createdAt } = workerData as CompactionTask
await writePair(new PairFiles(folder), changes, lsn, createdAt)
parentPort!.postMessage('done')
