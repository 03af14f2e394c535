/** The methods of the log of operations on backends. */
import { walCancel } from '../operations/wal-cancel.js'
import { walList, type WalListRequest } from '../operations/wal-list.js'
import { walRetry } from '../operations/wal-retry.js'
import { walShow } from '../operations/wal-show.js'
import { walStatus } from '../operations/wal-status.js'
import type { Call, CallOptions } from './call.js'

export const logMethods = (call: Call) => ({
  status: (options: CallOptions = {}) => call(walStatus, {}, options),
  list: async (options: WalListRequest & CallOptions = {}) =>
    (await call(walList, options, options)).operations,
  show: (id: string, options: CallOptions = {}) => call(walShow, { id }, options),
  retry: (ids: readonly string[], options: { readonly failed?: boolean } & CallOptions = {}) =>
    call(walRetry, { ids, ...options }, options),
  cancel: (ids: readonly string[], options: CallOptions = {}) => call(walCancel, { ids }, options)
})
