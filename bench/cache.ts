/** The cache by itself: what a hit takes in each tier, and how often there is one. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { Arc } from '../src/cache/arc.js'
import { Cache } from '../src/cache/cache.js'
import { reserveCacheMemory, sizesFor } from '../src/cache/sizes.js'
import { systemClock } from '../src/core/clock.js'
import { Cid, RAW } from '../src/core/cid.js'
import { makeDir } from '../src/core/fs-durable.js'
import { sha256, SHA2_256 } from '../src/core/hash.js'
import { Kind } from '../src/formats/block-kind.js'
import { ReferenceArc } from '../test/cache/reference-arc.js'
import { TRACES } from '../test/cache/traces.js'
import { chill } from './chill.js'
import type { Row, Target } from './report.js'

const BLOCK = 64 * 1024
const BLOCKS = 1500
const DISK = 1e9
const MEMORY = BLOCK * BLOCKS * 2

const tierRow = (tier: string, share: string): string =>
  `a hit in the ${tier} tier, 64 KiB, ${share}`

/** Names of the tiers as they stand in the rows. */
const MEMORY_TIER = 'memory'
const DISK_TIER = 'disk'
const COLD_DISK_TIER = 'disk (cold)'

export async function readFromCache(scratch: string): Promise<Row[]> {
  return [...(await tierRows(scratch)), ...hitRows()]
}

async function tierRows(scratch: string): Promise<Row[]> {
  const home = join(scratch, 'cache-home')
  makeDir(home)
  const memory = reserveCacheMemory(home, DISK, MEMORY)
  const limits = { disk: DISK, minAccessCount: 2, maxItem: BLOCK }
  const options = { ...limits, clock: systemClock, warn: console.error }
  const cache = Cache.open(home, sizesFor(home, DISK, MEMORY), options, memory)
  const keys = Array.from({ length: BLOCKS }, () => {
    const block = randomBytes(BLOCK)
    const cid = Cid.v1(RAW, SHA2_256, sha256(block))
    cache.put(cid, block, { kind: Kind.RAW, size: BLOCK, from: 'bench' })
    return cid.key
  })
  const target = Buffer.alloc(BLOCK)
  const read = (key: Uint8Array): number => {
    const started = performance.now()
    cache.reader.read(cache.reader.find(key)!, 0, target, 0, BLOCK)
    return (performance.now() - started) * 1000
  }
  const rows = new Map<string, number[]>()
  // What is read twice moves to memory only when the cache is told.
  for (let i = 0; i < 2; i++) rows.set(DISK_TIER, keys.map(read))
  await cache.close()
  chill([join(home, 'cache')])
  const again = Cache.open(home, sizesFor(home, DISK, MEMORY), options, memory)
  const readAgain = (key: Uint8Array): number => {
    const started = performance.now()
    again.reader.read(again.reader.find(key)!, 0, target, 0, BLOCK)
    return (performance.now() - started) * 1000
  }
  rows.set(COLD_DISK_TIER, keys.map(readAgain))
  again.promoteTouched()
  const inMemory = keys.filter((key) => again.reader.tierOf(again.reader.find(key)!) === 'memory')
  for (let i = 0; i < 2; i++) rows.set(MEMORY_TIER, inMemory.map(readAgain))
  await again.close()
  return [...rows].flatMap(([tier, times]) => {
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)]!
    return [
      { what: tierRow(tier, 'p50'), unit: 'µs', values: new Map([['ours', [at(0.5)]]]) },
      { what: tierRow(tier, 'p99'), unit: 'µs', values: new Map([['ours', [at(0.99)]]]) }
    ] satisfies Row[]
  })
}

const hitRow = (trace: string): string => `hits of the memory tier, ${trace}`

function hitRows(): Row[] {
  return Object.entries(TRACES).map(([name, { trace, room }]) => {
    const arc = new Arc<number>(room, () => undefined)
    const reference = new ReferenceArc(room)
    const lru = new LRUCache<number, true>({ max: room })
    const share = (ask: (page: number) => boolean): number[] => [
      (trace.filter(ask).length / trace.length) * 100
    ]
    const values = new Map([
      ['ours', share((page) => arc.request(page, 1))],
      ['LRU', share((page) => lru.get(page) ?? (lru.set(page, true), false))],
      ['the paper', share((page) => reference.request(page))]
    ])
    return { what: hitRow(name), unit: '%', values }
  })
}

export const cacheTargets: readonly Target[] = [
  { what: tierRow(MEMORY_TIER, 'p50'), ours: 'ours', against: 100, factor: 1 },
  { what: tierRow(DISK_TIER, 'p50'), ours: 'ours', against: 1000, factor: 1 },
  { what: tierRow(COLD_DISK_TIER, 'p50'), ours: 'ours', against: 1000, factor: 1 },
  ...Object.keys(TRACES)
    // Where nobody has a hit there is nothing to compare.
    .filter((trace) => trace !== 'sequential')
    .flatMap((trace) => [
      { what: hitRow(trace), ours: 'ours', against: 'LRU', factor: 1 },
      { what: hitRow(trace), ours: 'ours', against: 'the paper', factor: 0.99 }
    ])
]
