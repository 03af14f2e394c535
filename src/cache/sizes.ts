/** The sizes of a cache on disk and in memory, and the memory that all threads share. */
import { readdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ifPresent } from '../core/fs-durable.js'
import { indexBytes, readIndexSizes, type IndexSizes } from './index-file.js'
import { CacheLayout } from './layout.js'
import { reserveMemoryTier, type MemoryTierMemory } from './memory-tier.js'
import { reserveTouches, type TouchMemory } from './touch-ring.js'

const DEFAULT_DISK = 10e9
/** As many as the first chunk of an index holds. */
const MIN_RECORDS = 4095
const MAX_RECORDS = 4_000_000
const BYTES_PER_RECORD = 4096
const OBJECTS = 8192

/** Returns the records that a tier of some bytes can need: one for each 4 KiB. */
const recordsFor = (bytes: number): number =>
  Math.min(MAX_RECORDS, Math.max(MIN_RECORDS, Math.ceil(bytes / BYTES_PER_RECORD)))

/**
 * Returns the sizes of a cache's index: for what its larger tier can need, and no less than what an
 * existing one was made for, because records beyond that would be lost.
 */
export function sizesFor(home: string, disk: number, memory: number): IndexSizes {
  const wanted = recordsFor(Math.max(disk, memory))
  const known = readIndexSizes(new CacheLayout(home).index)?.records ?? 0
  return { records: Math.max(wanted, Math.min(known, MAX_RECORDS)), objects: OBJECTS }
}

/** Returns the bytes for objects of a disk tier: what its index can take is set aside. */
export const quotaFor = (disk: number): number =>
  disk === 0 ? 0 : Math.max(0, disk - indexBytes({ records: recordsFor(disk), objects: OBJECTS }))

/** The memory that the cache shares with the threads that read it. */
export interface CacheMemory {
  readonly tier: MemoryTierMemory
  readonly touches: TouchMemory
}

/**
 * Returns the bytes for the disk tier; the default is a tenth of the free space, at most 10 GB. What
 * the cache has already counts as free, so that a disk which fills up does not empty the cache.
 */
export function diskFor(home: string, wanted: number | undefined): number {
  if (wanted !== undefined) return wanted
  const { bavail, bsize } = statfsSync(home)
  const free = bavail * bsize
  const room = free / 10 > DEFAULT_DISK ? free : free + bytesIn(new CacheLayout(home).objects)
  return Math.min(DEFAULT_DISK, Math.max(Math.floor(room / 10), 1))
}

/** Returns the bytes of all files of a folder. */
function bytesIn(folder: string): number {
  const names = ifPresent(() => readdirSync(folder)) ?? []
  const sizeOf = (name: string): number => ifPresent(() => statSync(join(folder, name)).size) ?? 0
  return names.reduce((sum, name) => sum + sizeOf(name), 0)
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
