/** The methods of the cache. */
import { cacheClear } from '../operations/cache-clear.js'
import { cacheEvict } from '../operations/cache-evict.js'
import { cacheList } from '../operations/cache-list.js'
import { cacheStats } from '../operations/cache-stats.js'
import { cacheWarm } from '../operations/cache-warm.js'
import type { Call, CallOptions } from './call.js'

export const cacheMethods = (call: Call) => ({
  stats: (options: CallOptions = {}) => call(cacheStats, {}, options),
  warm: (paths: readonly string[], options: CallOptions = {}) =>
    call(cacheWarm, { paths }, options),
  list: (limit: number, options: CallOptions = {}) => call(cacheList, { limit }, options),
  evict: (
    cids: readonly string[],
    options: { readonly isRecursive?: boolean } & CallOptions = {}
  ) => call(cacheEvict, { ...options, cids }, options),
  clear: (options: CallOptions = {}) => call(cacheClear, {}, options)
})
