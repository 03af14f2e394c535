/** Writes archives by a thread of their own. */
import { Worker } from 'node:worker_threads'
import { KitError } from '../core/errors.js'
import type { ArchiveAnswer, ArchiveJob } from './archive-thread.js'

/** Writes an archive. Resolves when it is durable. @throws NO_SPACE, IO and the like. */
export const writeArchive = (job: ArchiveJob): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./archive-thread.js', import.meta.url), { workerData: job })
    worker.on('message', (answer: ArchiveAnswer) => {
      if (answer === undefined) resolve()
      else reject(new KitError(answer.code, `the archive ${job.path}: ${answer.message}`))
    })
    worker.on('error', reject)
    worker.on('exit', () => reject(new KitError('INTERNAL', `writing ${job.path} was stopped`)))
  })
