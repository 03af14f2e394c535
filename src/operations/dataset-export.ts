/** Takes a version out of the home as an archive with its history. */
import { carExportTo, type CarExportResult } from './car-export.js'
import { findVersion } from './dataset-versions.js'
import type { Operation } from './operation.js'
import { withContent } from './with-content.js'

export interface DatasetExportRequest {
  /** `NAME[@VERSION]`, or the CID of a version. */
  readonly ref: string
  /** The path to make, which must not exist. */
  readonly output: string
}

export interface DatasetExported extends CarExportResult {
  readonly cid: string
}

/** Writes a version and its history as a CAR. @throws EXISTS, BLOCK_NOT_FOUND, and as `findVersion`. */
export const datasetExport: Operation<DatasetExportRequest, DatasetExported> = async (
  services,
  { ref, output },
  run
) => {
  // prettier-ignore
  const cid = await withContent(services, run, true, async (view) => (await findVersion(services.home, view, ref)).cid) // prettier-ignore
  return { cid: String(cid), ...(await carExportTo(services, { path: String(cid), output }, run)) }
}
