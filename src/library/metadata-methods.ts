/** The methods of the metadata index. */
import { metadataLocate, type MetadataLocateRequest } from '../operations/metadata-locate.js'
import { metadataPublish } from '../operations/metadata-publish.js'
import { metadataQuery, type MetadataQueryRequest } from '../operations/metadata-query.js'
import { metadataRefresh } from '../operations/metadata-refresh.js'
import { metadataShow } from '../operations/metadata-show.js'
import { metadataStatus } from '../operations/metadata-status.js'
import { metadataSync, type MetadataSyncRequest } from '../operations/metadata-sync.js'
import {
  metadataSet,
  metadataTag,
  type MetadataSetRequest,
  type MetadataTagRequest
} from '../operations/metadata-tag.js'
import type { Call, CallOptions } from './call.js'

export const metadataMethods = (call: Call) => ({
  /** Finds records by fields and text. */
  query: async (request: MetadataQueryRequest & CallOptions = {}) =>
    (await call(metadataQuery, request, request)).records,
  count: async (request: MetadataQueryRequest & CallOptions = {}) =>
    (await call(metadataQuery, { ...request, count: true }, request)).total ?? 0,
  show: async (path: string, options: CallOptions = {}) =>
    (await call(metadataShow, { path }, options)).record,
  locate: (request: MetadataLocateRequest & CallOptions) => call(metadataLocate, request, request),
  tag: (paths: readonly string[], options: Omit<MetadataTagRequest, 'paths'> & CallOptions) =>
    call(metadataTag, { paths, ...options }, options),
  set: (paths: readonly string[], set: MetadataSetRequest['set'], options: CallOptions = {}) =>
    call(metadataSet, { paths, set }, options),
  refresh: (options: CallOptions = {}) => call(metadataRefresh, {}, options),
  publish: (options: CallOptions = {}) => call(metadataPublish, {}, options),
  sync: (request: MetadataSyncRequest & CallOptions) => call(metadataSync, request, request),
  status: (options: CallOptions = {}) => call(metadataStatus, {}, options)
})
