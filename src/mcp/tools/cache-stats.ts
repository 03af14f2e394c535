/** `cache_stats`: what the cache holds, and how often it was hit. */
import * as z from 'zod'
import { count } from '../../api/schemas.js'
import { cacheStats, type TierStats } from '../../operations/cache-stats.js'
import { READING, tool } from '../tool.js'

const tier = z.object({
  used: count.describe('Bytes.'),
  capacity: count.describe('Bytes.'),
  blocks: count,
  hits: count,
  bytes: count.describe('Bytes that were read from it.')
})

export const cacheStatsTool = tool({
  name: 'cache_stats',
  title: 'Cache figures',
  description:
    'Tells how full the cache of fetched content is, in memory and on disk, how often each was hit, and what was fetched from ' +
    'backends since the engine started. A small hit ratio with much evicted means that the cache is too small (cache.size).',
  input: z.strictObject({}),
  output: z.object({
    memory: tier,
    disk: tier,
    blocks: count,
    corrupt: count.describe('Damaged blocks that were found and dropped.'),
    evicted: count,
    hit_ratio: z
      .number()
      .nullable()
      .describe('Hits among all blocks that were asked for; null where none was.'),
    fetched_blocks: count,
    fetched_bytes: count,
    in_flight: count,
    queued: count
  }),
  annotations: READING,
  call: async (_, { services, run }) => {
    const { cache, fetch } = await cacheStats(services, {}, run)
    const hits = cache.memory.hits + cache.disk.hits
    const asked = hits + fetch.fetched
    return {
      structured: {
        memory: figures(cache.memory),
        disk: figures(cache.disk),
        blocks: cache.blocks,
        corrupt: cache.corrupt,
        evicted: cache.evicted,
        hit_ratio: asked === 0 ? null : hits / asked,
        fetched_blocks: fetch.fetched,
        fetched_bytes: fetch.bytes,
        in_flight: fetch.inFlight,
        queued: fetch.queued
      }
    }
  }
})

const figures = ({ used, capacity, blocks, hits, bytes }: TierStats): z.input<typeof tier> => ({
  used,
  capacity,
  blocks,
  hits,
  bytes
})
