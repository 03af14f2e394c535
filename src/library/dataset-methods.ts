/** The methods of datasets. A `ref` is `NAME[@VERSION]`, or the CID of a version. */
import { datasetAdopt } from '../operations/dataset-adopt.js'
import { datasetAppend, type DatasetAppendRequest } from '../operations/dataset-append.js'
import { datasetDiff, type DatasetDiffRequest } from '../operations/dataset-diff.js'
import { datasetCheckout, type CardFormat } from '../operations/dataset-checkout.js'
import { datasetExport } from '../operations/dataset-export.js'
import {
  datasetGet,
  datasetRows,
  datasetStream,
  type DatasetGetRequest
} from '../operations/dataset-get.js'
import { datasetList, datasetVersions } from '../operations/dataset-list.js'
import { datasetLog } from '../operations/dataset-log.js'
import { datasetPut, type DatasetPutRequest } from '../operations/dataset-put.js'
import { datasetRemove } from '../operations/dataset-remove.js'
import { datasetShow } from '../operations/dataset-show.js'
import type { Call, CallOptions, Stream } from './call.js'

export const datasetMethods = (call: Call, stream: Stream) => ({
  /** Makes a version from files of one table. */
  put: (
    name: string,
    sources: DatasetPutRequest['sources'],
    options: Omit<DatasetPutRequest, 'name' | 'sources'> & CallOptions = {}
  ) => call(datasetPut, { name, sources, ...options }, options),
  /** Makes a version of content that is there already. @param path CIDPATH. */
  adopt: (name: string, path: string, options: CallOptions = {}) =>
    call(datasetAdopt, { name, path }, options),
  /** Makes a version of more rows. */
  append: (
    name: string,
    sources: DatasetAppendRequest['sources'],
    options: Omit<DatasetAppendRequest, 'name' | 'sources'> & CallOptions = {}
  ) => call(datasetAppend, { name, sources, ...options }, options),
  list: async (options: CallOptions = {}) => (await call(datasetList, {}, options)).datasets,
  versions: async (name: string, options: CallOptions = {}) =>
    (await call(datasetVersions, { name }, options)).versions,
  show: (ref: string, options: CallOptions = {}) => call(datasetShow, { ref }, options),
  log: async (ref: string, options: { readonly limit?: number } & CallOptions = {}) =>
    (await call(datasetLog, { ref, limit: options.limit }, options)).versions,
  /** Returns rows as values: those that the options choose, at most 100,000 by default. */
  rows: (
    ref: string,
    options: Omit<DatasetGetRequest, 'ref'> & { readonly maxRows?: number } & CallOptions = {}
  ) => call(datasetRows, { maxRows: 100_000, ...options, ref }, options),
  /** Yields rows as the bytes of a file, each piece of which belongs to the caller. */
  stream: (ref: string, options: Omit<DatasetGetRequest, 'ref'> & CallOptions = {}) =>
    stream(datasetStream, { ...options, ref }, options),
  getTo: (
    ref: string,
    output: string,
    options: Omit<DatasetGetRequest, 'ref'> & CallOptions = {}
  ) => call(datasetGet, { ...options, ref, output }, options),
  diff: (
    from: string,
    to?: string,
    options: Omit<DatasetDiffRequest, 'from' | 'to'> & CallOptions = {}
  ) => call(datasetDiff, { ...options, from, to }, options),
  /** Writes a version and its history as a CAR. */
  exportTo: (ref: string, output: string, options: CallOptions = {}) =>
    call(datasetExport, { ref, output }, options),
  /** Copies the files of a version to a new folder, with the cards that are asked for. */
  checkout: (
    ref: string,
    output: string,
    options: { readonly cards?: readonly CardFormat[] } & CallOptions = {}
  ) => call(datasetCheckout, { ref, output, cards: options.cards ?? [] }, options),
  /** Forgets a dataset, or one of its versions. */
  remove: (ref: string, options: CallOptions = {}) => call(datasetRemove, { ref }, options)
})
