/** The methods of CAR archives. */
import type { ArchiveSource } from '../operations/archive.js'
import { carExport, carExportTo } from '../operations/car-export.js'
import { carImport, type CarImportRequest } from '../operations/car-import.js'
import { carVerify } from '../operations/car-verify.js'
import type { Call, CallOptions, Stream } from './call.js'

export const carMethods = (call: Call, stream: Stream) => ({
  import: (
    archives: readonly ArchiveSource[],
    options: Omit<CarImportRequest, 'archives'> & CallOptions = {}
  ) => call(carImport, { archives, ...options }, options),
  /** Yields the bytes of an archive in pieces of about 1 MiB, each of which belongs to the caller. */
  export: (path: string, options: CallOptions = {}) => stream(carExport, { path }, options),
  exportTo: (path: string, output: string, options: CallOptions = {}) =>
    call(carExportTo, { path, output }, options),
  verify: (archive: ArchiveSource, options: CallOptions = {}) =>
    call(carVerify, { archive }, options)
})
