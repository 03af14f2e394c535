/** The sizes of a cache on disk and in memory, and the memory that all threads share. */
import { statfsSync } from 'node:fs'
import { readIndexSizes, type IndexSizes } from './index-file.js'
import { CacheLayout } from './layout.js'
import { reserveMemoryTier, type MemoryTierMemory } from './memory-tier.js'
import { reserveTouches, type TouchMemory } from './touch-ring.js'

const DEFAULT_DISK = 10e9
const MIN_RECORDS = 4096
const MAX_RECORDS = 4_000_000
const BYTES_PER_RECORD = 4096
const OBJECTS = 8192

/**
 * Returns the sizes of a cache's index: a record for each 4 KiB. An existing index keeps its size
 * unless it is less than a quarter of that, because a new size empties the cache, and the default
 * follows the free space of the disk, which changes daily.
 */
export function sizesFor(home: string, disk: number, memory: number): IndexSizes {
  const wanted = sizesWanted(disk, memory)
  const known = readIndexSizes(new CacheLayout(home).index)
  return known !== undefined && known.records >= wanted.records / 4 ? known : wanted
}

const sizesWanted = (disk: number, memory: number): IndexSizes => ({
  records: Math.min(
    MAX_RECORDS,
    Math.max(MIN_RECORDS, Math.ceil(Math.max(disk, memory) / BYTES_PER_RECORD))
  ),
  objects: OBJECTS
})

/** The memory that the cache shares with the threads that read it. */
export interface CacheMemory {
  readonly tier: MemoryTierMemory
  readonly touches: TouchMemory
}

/** Returns the bytes for the disk tier; the default is a tenth of the free space, at most 10 GB. */
export function diskFor(home: string, wanted: number | undefined): number {
  if (wanted !== undefined) return wanted
  const { bavail, bsize } = statfsSync(home)
  return Math.min(DEFAULT_DISK, Math.floor((bavail * bsize) / 10))
}

/** Reserves the shared memory ahead of the cache, because threads start before it is opened. */
export function reserveCacheMemory(
  home: string,
  disk: number,
  memory: number
): CacheMemory | undefined {
  if (memory === 0) return undefined
  const { records } = sizesFor(home, disk, memory)
  return { tier: reserveMemoryTier(memory, records), touches: reserveTouches() }
}
