/** The thread that writes large partitions: encoding and compression would hold the main thread up. */
import { parentPort, workerData } from 'node:worker_threads'
import { compactPartitions, type CompactionTask } from './compaction.js'

await compactPartitions(workerData as CompactionTask)
parentPort!.postMessage('done')
