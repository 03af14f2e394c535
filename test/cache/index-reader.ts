/** A thread that looks for the same keys in an index for as long as another one writes to it. */
import { parentPort, workerData } from 'node:worker_threads'
import { CacheIndex } from '../../src/cache/index-file.js'

const { path, keys, stop } = workerData as { path: string; keys: Uint8Array[]; stop: Int32Array }
const index = CacheIndex.openForReading(path)!
let missed = 0
let looks = 0
parentPort!.postMessage('ready')
while (Atomics.load(stop, 0) === 0)
  for (const key of keys) {
    looks++
    if (index.records.find(key) === 0) missed++
  }
parentPort!.postMessage({ missed, looks })
