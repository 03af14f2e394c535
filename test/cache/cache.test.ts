/** The cache of a home: against a plain map, across restarts, below its quota, damaged. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import {
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeSync,
  closeSync
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Cache } from '../../src/cache/cache.js'
import { reserveCacheMemory, sizesFor } from '../../src/cache/sizes.js'
import { TieredBlocks } from '../../src/cache/tiered-blocks.js'
import { systemClock } from '../../src/core/clock.js'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { isKitError, KitError } from '../../src/core/errors.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { framePayload } from '../../src/formats/leaf-frame.js'
import type { BlockSource } from '../../src/store/ports.js'
import { Kind } from '../../src/formats/block-kind.js'
import { tempFolder } from '../support/temp.js'

const NOTHING: BlockSource = {
  find: () => undefined,
  get: () => { throw new Error('never asked') },
        foreignSize: () => undefined,
      usedAt: () => undefined,
  missing: (cid) => new KitError('BLOCK_NOT_FOUND', String(cid)),
  blockLength: () => 0,
  retrying: (read) => read(),
  readPayload: () => 0,
  tierOf: () => 'local',
  originName: () => 'local',
  verifiedAt: () => undefined,
  hasWhole: () => false,
  wholePath: () => undefined,
  readWhole: () => 0
} // prettier-ignore

interface Opened {
  readonly cache: Cache
  readonly blocks: TieredBlocks
  readonly warnings: string[]
}

const cidOf = (block: Uint8Array): Cid => Cid.v1(RAW, SHA2_256, sha256(block))

function open(home: string, disk: number, memory = 0, minAccessCount = 2): Opened {
  const warnings: string[] = []
  const options = { disk, minAccessCount, maxItem: 1 << 20, clock: systemClock, warn: (line: string) => void warnings.push(line) } // prettier-ignore
  const shared = reserveCacheMemory(home, disk, memory)
  const cache = Cache.open(home, sizesFor(home, disk, memory), options, shared)
  const blocks = new TieredBlocks(NOTHING, () => cache.reader, {
    missing: (cid) => NOTHING.missing(cid),
    foreign: undefined,
    backends: () => ['node', 'other'],
    close: () => undefined
  })
  return { cache, blocks, warnings }
}

const put = (cache: Cache, block: Uint8Array): Cid => {
  const cid = cidOf(block)
  cache.put(cid, block, { kind: Kind.RAW, size: block.length, from: 'node' })
  return cid
}

const get = async ({ blocks, cache }: Opened, cid: Cid): Promise<Uint8Array | undefined> => {
  await cache.inspect()
  try {
    return blocks.get(cid)
  } catch (error) {
    if (isKitError(error, 'BLOCK_NOT_FOUND')) return undefined
    throw error
  }
}

const objectsOf = (home: string): string[] =>
  readdirSync(join(home, 'cache', 'objects')).map((name) => join(home, 'cache', 'objects', name))

const diskUse = (home: string): number =>
  [join(home, 'cache', 'index'), ...objectsOf(home)].reduce(
    (sum, path) => sum + statSync(path).blocks * 512,
    0
  )

t.test('against a map: what is here is right, and what was let go of is not here', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          {
            weight: 6,
            arbitrary: fc.record({ do: fc.constant('put' as const), seed: fc.nat(60) })
          },
          {
            weight: 4,
            arbitrary: fc.record({ do: fc.constant('get' as const), seed: fc.nat(60) })
          },
          {
            weight: 1,
            arbitrary: fc.record({ do: fc.constant('evict' as const), seed: fc.nat(60) })
          },
          {
            weight: 1,
            arbitrary: fc.record({ do: fc.constant('attend' as const), seed: fc.nat(1) })
          },
          {
            weight: 1,
            arbitrary: fc.record({ do: fc.constant('reopen' as const), seed: fc.nat(1) })
          }
        ),
        { maxLength: 60 }
      ),
      fc.constantFrom(0, 200_000),
      async (steps, memory) => {
        const home = tempFolder(t, 'cache')
        const blockOf = (seed: number): Buffer => Buffer.alloc(1 + seed * 997, `block ${seed} `)
        let opened = open(home, 8_000_000, memory, 1)
        const here = new Set<number>()
        for (const { do: what, seed } of steps) {
          if (what === 'put') {
            put(opened.cache, blockOf(seed))
            here.add(seed)
          } else if (what === 'get') {
            const found = await get(opened, cidOf(blockOf(seed)))
            if ((found !== undefined) !== here.has(seed)) return false
            if (found !== undefined && !blockOf(seed).equals(found)) return false
          } else if (what === 'evict') {
            opened.cache.evict(cidOf(blockOf(seed)).key)
            here.delete(seed)
          } else if (what === 'attend') opened.cache.promoteTouched()
          else {
            await opened.cache.close()
            opened = open(home, 8_000_000, memory, 1)
          }
        }
        await opened.cache.close()
        rmSync(home, { recursive: true })
        return true
      }
    ),
    { numRuns: 60 }
  )
})

t.test('a quota is kept at every moment, and the wanted stay longest', async (t) => {
  const home = tempFolder(t, 'cache')
  const quota = 10_000_000
  const opened = open(home, quota)
  const hot = put(opened.cache, randomBytes(300_000))
  let most = 0
  for (let i = 0; i < 200; i++) {
    put(opened.cache, randomBytes(250_000))
    t.ok((await get(opened, hot)) !== undefined || i > 0)
    most = Math.max(most, diskUse(home))
  }
  t.ok(most <= quota * 1.05, `${most} bytes at most, of ${quota}`)
  t.ok((await get(opened, hot)) !== undefined, 'what was asked for all the time is still there')
  await opened.cache.close()
})

t.test('what is in memory is found there, and outlives its pack', async (t) => {
  const home = tempFolder(t, 'cache')
  const opened = open(home, 4_000_000, 1_000_000)
  const block = randomBytes(50_000)
  const cid = put(opened.cache, block)
  await get(opened, cid)
  opened.cache.promoteTouched()
  t.equal(opened.cache.stats().memory.blocks, 0, 'asked for once')
  await get(opened, cid)
  opened.cache.promoteTouched()
  t.equal(opened.cache.stats().memory.blocks, 1, 'asked for twice')
  const before = opened.cache.stats().memory.hits
  t.same(await get(opened, cid), block)
  t.equal(opened.cache.stats().memory.hits, before + 1)
  // So much that its pack goes; asked for meanwhile, so that memory keeps it.
  for (let i = 0; i < 30; i++) put(opened.cache, randomBytes(200_000))
  t.same(await get(opened, cid), block)
  await opened.cache.close()
  const again = open(home, 4_000_000, 1_000_000)
  const found = await get(again, cid)
  t.ok(found === undefined || block.equals(found), 'what was in memory alone may be gone')
  await again.cache.close()
})

t.test('a leaf that moves into its file is read as what it is, from memory too', async (t) => {
  const opened = open(tempFolder(t, 'cache'), 40_000_000, 1_000_000)
  const payload = randomBytes(5000)
  const framed = framePayload(payload)
  const leaf = Cid.v1(DAG_PB, SHA2_256, sha256(framed))
  const meta = { kind: Kind.FILE, size: payload.length }
  const root = put(opened.cache, randomBytes(10))
  opened.cache.put(leaf, framed, meta)
  for (let i = 0; i < 3; i++) await get(opened, leaf)
  opened.cache.promoteTouched()
  t.equal(opened.cache.stats().memory.blocks, 1)
  const build = opened.cache.builds.build(root, payload.length)!
  t.ok(await opened.cache.builds.putLeaf(root, build, 0, { cid: leaf, meta, payload, framed: true, stored: true })) // prettier-ignore
  t.same(await get(opened, leaf), Buffer.from(framed))
  const record = opened.cache.reader.find(leaf.key)!
  const bytes = Buffer.alloc(payload.length)
  opened.cache.reader.read(record, 0, bytes, 0, bytes.length)
  t.same(bytes, payload)
  await opened.cache.close()
})

t.test('threats 48: a pack that somebody changed is not written on as it is', async (t) => {
  const home = tempFolder(t, 'cache')
  const opened = open(home, 40_000_000)
  const first = randomBytes(200_000)
  const cid = put(opened.cache, first)
  // Sealed, after an idle second.
  await delay(2300)
  for (const path of objectsOf(home)) flip(path)
  const second = randomBytes(1000)
  const other = put(opened.cache, second)
  await delay(2300)
  t.equal(await get(opened, cid), undefined)
  t.same(await get(opened, other), second)
  await opened.cache.close()
})

t.test(
  'a block that is larger than memory takes, or a cache without disk, is no harm',
  async (t) => {
    const opened = open(tempFolder(t, 'cache'), 0, 300_000, 1)
    const cids = Array.from({ length: 20 }, (_, i) => put(opened.cache, randomBytes(20_000 + i)))
    const found = await Promise.all(cids.map((cid) => get(opened, cid)))
    t.ok(found.some((block) => block !== undefined))
    t.ok(opened.cache.stats().memory.used <= 300_000)
    t.equal(await get(opened, put(opened.cache, randomBytes(400_000))), undefined)
    await opened.cache.close()
  }
)

async function damaged(
  t: Test,
  harm: (path: string) => void,
  restart: boolean
): Promise<{ left: number; warnings: string[]; wrong: number }> {
  const home = tempFolder(t, 'cache')
  let opened = open(home, 40_000_000)
  const blocks = Array.from({ length: 20 }, () => randomBytes(100_000))
  const cids = blocks.map((block) => put(opened.cache, block))
  await opened.cache.close()
  opened = open(home, 40_000_000)
  // Read once, so that files are open and known to be good.
  if (!restart) for (const cid of cids) await get(opened, cid)
  else await opened.cache.close()
  for (const path of objectsOf(home)) harm(path)
  if (restart) opened = open(home, 40_000_000)
  let left = 0
  let wrong = 0
  // The first look finds out, the second one, after the inspection, is the answer.
  for (const cid of cids) await get(opened, cid)
  for (const [i, cid] of cids.entries()) {
    const found = await get(opened, cid)
    if (found !== undefined) left++
    if (found !== undefined && !blocks[i]!.equals(found)) wrong++
  }
  const { warnings } = opened
  await opened.cache.close()
  return { left, warnings, wrong }
}

const flip = (path: string): void => {
  const fd = openSync(path, 'r+')
  const byte = readFileSync(path)[150_000]!
  writeSync(fd, Buffer.from([byte ^ 1]), 0, 1, 150_000)
  closeSync(fd)
}

for (const restart of [false, true]) {
  const when = restart ? 'while nobody ran' : 'while it is open'
  t.test(`threats 48: a byte flipped ${when} is noticed: one block goes, no other`, async (t) => {
    const { left, warnings, wrong } = await damaged(t, flip, restart)
    t.equal(wrong, 0)
    t.equal(left, 19)
    t.equal(warnings.length, 1)
  })
  t.test(`threats 48: a file cut short ${when} loses what was cut`, async (t) => {
    const { left, wrong } = await damaged(t, (path) => truncateSync(path, 1_050_000), restart)
    t.equal(wrong, 0)
    t.equal(left, 10)
  })
  t.test(`a file removed ${when} is nothing but missing`, async (t) => {
    const { left, wrong } = await damaged(t, (path) => rmSync(path), restart)
    t.equal(wrong, 0)
    t.equal(left, restart ? 0 : left)
  })
}

t.test('a file that was only touched is looked at, and stays', async (t) => {
  const { left, warnings, wrong } = await damaged(t, (path) => utimesSync(path, 1, 1), true)
  t.same([left, wrong, warnings.length], [20, 0, 0])
})

t.test('threats 48: what is written to a file while it is looked at is noticed', async (t) => {
  const home = tempFolder(t, 'cache')
  let opened = open(home, 400_000_000)
  const blocks = Array.from({ length: 12 }, () => randomBytes(1_000_000))
  const cids = blocks.map((block) => put(opened.cache, block))
  await opened.cache.close()
  for (const path of objectsOf(home)) utimesSync(path, 1, 1)
  opened = open(home, 400_000_000)
  const inspection = opened.cache.inspect()
  // The first blocks were hashed by now, the others are after a turn of the event loop.
  for (const path of objectsOf(home)) flip(path)
  await inspection
  const found = await Promise.all(cids.map((cid) => get(opened, cid)))
  t.same(found.map((block, i) => block === undefined || blocks[i]!.equals(block)), cids.map(() => true), 'nothing wrong') // prettier-ignore
  t.equal(found.filter((block) => block !== undefined).length, 11)
  // It is written to again before it is sealed.
  for (const path of objectsOf(home)) utimesSync(path, 2, 2)
  await opened.cache.close()
  opened = open(home, 400_000_000)
  t.ok(opened.cache.reader.isSuspect(cids[5]!.key), 'and not taken for what was looked at')
  await opened.cache.close()
})

t.test('threats 48: without its index a cache begins anew', async (t) => {
  const home = tempFolder(t, 'cache')
  const first = open(home, 40_000_000)
  const block = randomBytes(5000)
  const cid = put(first.cache, block)
  await first.cache.close()
  rmSync(join(home, 'cache', 'index'))
  const second = open(home, 40_000_000)
  t.equal(await get(second, cid), undefined)
  t.same(objectsOf(home), [], 'files that nobody knows are gone')
  put(second.cache, block)
  t.same(await get(second, cid), block)
  await second.cache.close()
})

t.test(
  'threats 53: killed at any moment it serves nothing wrong, and goes on',
  { timeout: 120_000 },
  async (t) => {
    const home = tempFolder(t, 'cache')
    const writer = fileURLToPath(new URL('./cache-writer.js', import.meta.url))
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, [writer, home], { stdio: ['ignore', 'pipe', 'ignore'] })
      // At first while it opens the cache, then at moments after its first block.
      if (round < 4) await delay(150 + round * 20)
      else await once(child.stdout, 'data')
      await delay(round * 10)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const opened = open(home, 30_000_000)
      let right = 0
      for (let seed = 0; seed < 400; seed++) {
        const block = Buffer.alloc(60_000, `block ${seed} `)
        const found = await get(opened, cidOf(block))
        if (found === undefined) continue
        if (!block.equals(found)) t.fail(`block ${seed} is wrong after kill ${round}`)
        right++
      }
      if (round === 11) t.ok(right > 0, `${right} blocks were kept`)
      await opened.cache.close()
    }
    t.pass('nothing wrong was served')
  }
)
