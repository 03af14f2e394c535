/** How much room a cache has, on disk and in memory, and what of it is shared by all threads. */
import { statfsSync } from 'node:fs'
import { sizesOf, type IndexSizes } from './index-file.js'
import { CacheLayout } from './layout.js'
import { reserveMemoryTier, type MemoryTierMemory } from './memory-tier.js'
import { reserveTouches, type TouchMemory } from './touch-ring.js'

const DEFAULT_DISK = 10e9
const MIN_RECORDS = 4096
const MAX_RECORDS = 4_000_000
const BYTES_PER_RECORD = 4096
const OBJECTS = 8192

/**
 * How large the index of a cache is: a record for each 4 KiB. One that is there already keeps
 * its size, unless it is far too small: what is free on a disk changes from day to day.
 */
export function sizesFor(home: string, disk: number, memory: number): IndexSizes {
  const wanted = sizesWanted(disk, memory)
  const known = sizesOf(new CacheLayout(home).index)
  return known !== undefined && known.records >= wanted.records / 4 ? known : wanted
}

const sizesWanted = (disk: number, memory: number): IndexSizes => ({
  records: Math.min(
    MAX_RECORDS,
    Math.max(MIN_RECORDS, Math.ceil(Math.max(disk, memory) / BYTES_PER_RECORD))
  ),
  objects: OBJECTS
})

/** What the cache shares with the threads that read it. */
export interface CacheMemory {
  readonly tier: MemoryTierMemory
  readonly touches: TouchMemory
}

/** Bytes for the disk tier where nothing is said: a tenth of what is free, 10 GB at most. */
export function diskFor(home: string, wanted: number | undefined): number {
  if (wanted !== undefined) return wanted
  const { bavail, bsize } = statfsSync(home)
  return Math.min(DEFAULT_DISK, Math.floor((bavail * bsize) / 10))
}

/** Room for the memory tier, to be shared with threads that are started before there is a cache. */
export function reserveCacheMemory(
  home: string,
  disk: number,
  memory: number
): CacheMemory | undefined {
  if (memory === 0) return undefined
  const { records } = sizesFor(home, disk, memory)
  return { tier: reserveMemoryTier(memory, records), touches: reserveTouches() }
}
