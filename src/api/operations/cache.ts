import { z } from 'zod'
import { cacheClear } from '../../operations/cache-clear.js'
import { cacheEvict } from '../../operations/cache-evict.js'
import { cacheList } from '../../operations/cache-list.js'
import { cacheStats } from '../../operations/cache-stats.js'
import { inArea } from '../api-operation.js'
import { anything, bytes, count, limit, names, nothing } from '../schemas.js'

const operation = inArea('cache')

const STANDARD_LIMIT = 100

export const cacheOperations = [
  operation({
    name: 'cache stats',
    method: 'GET',
    path: '/cache',
    title: 'Figures of the cache',
    description: 'Sizes, hits and misses of each tier, and of fetching.',
    input: nothing,
    result: z.object({ cache: anything, fetch: anything }),
    call: ({ services, run }) => cacheStats(services, {}, run)
  }),
  operation({
    name: 'cache ls',
    method: 'GET',
    path: '/cache/blocks',
    title: 'List what is cached',
    description: 'Lists cached blocks, the hottest first.',
    input: z.strictObject({ limit: limit.optional() }),
    result: anything,
    call: ({ services, run }, request) =>
      cacheList(services, { limit: request.limit ?? STANDARD_LIMIT }, run)
  }),
  operation({
    name: 'cache evict',
    method: 'POST',
    path: '/cache/evict',
    title: 'Remove blocks from the cache',
    description: 'Removes blocks by CID; with `recursive`, all below them.',
    input: z.strictObject({ cids: names, recursive: z.boolean().optional() }),
    result: z.object({ evicted: count }),
    call: ({ services, run }, { cids, recursive }) =>
      cacheEvict(services, { cids, isRecursive: recursive === true }, run)
  }),
  operation({
    name: 'cache clear',
    method: 'POST',
    path: '/cache/clear',
    title: 'Empty the cache',
    description: 'Removes everything that was fetched; pins and what was added stay.',
    input: nothing,
    result: z.object({ blocks: count, freed_bytes: bytes }),
    call: ({ services, run }) => cacheClear(services, {}, run)
  })
]
