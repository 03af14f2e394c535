/** Writes partitions by a thread of their own, so that nobody waits for them. */
import { KitError } from '../core/errors.js'
import type { CompactionTask } from './compaction.js'

export async function compactApart(task: CompactionTask): Promise<void> {
  const { Worker } = await import('node:worker_threads')
  const worker = new Worker(new URL('./compaction-thread.js', import.meta.url), {
    workerData: task
  })
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new KitError('INTERNAL', `the compaction of the index ended with ${code}`))) // prettier-ignore
  })
}
