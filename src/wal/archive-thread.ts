/** The thread that writes an archive: encoding takes half a second, which nobody should wait for. */
import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { toKitError, type ErrorCode } from '../core/errors.js'
import { makeSubfolder, replaceFile } from '../core/fs-durable.js'
import { encodeArchive } from './archive-table.js'
import type { OperationRecord } from './operation-record.js'

export interface ArchiveJob {
  readonly path: string
  readonly records: readonly OperationRecord[]
}

/** Undefined for an archive that is durable. */
export type ArchiveAnswer = { readonly code: ErrorCode; readonly message: string } | undefined

function answer({ path, records }: ArchiveJob): ArchiveAnswer {
  try {
    makeSubfolder(dirname(path))
    replaceFile(path, encodeArchive(records))
    return undefined
  } catch (error) {
    const { code, message } = toKitError(error)
    return { code, message }
  }
}

parentPort?.postMessage(answer(workerData as ArchiveJob))
