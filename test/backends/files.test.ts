/** CARs and blocks over named files, wherever these lie: here in memory, as on a server (fixture). */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import fc from 'fast-check'
import type { Backend } from '../../backends/backend.js'
import { FileBlocks } from '../../backends/files/file-blocks.js'
import { readCarHeader, scanCar } from '../../backends/files/car-scan.js'
import { FileWindow, LARGE_WINDOW } from '../../backends/files/file-window.js'
import { Lifetime } from '../../backends/lifetime.js'
import { allowManyListeners } from '../../src/core/abort.js'
import { Cid, RAW } from '../../src/core/cid.js'
import { KitError } from '../../src/core/errors.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'
import { ExactReader } from '../../src/core/exact-reader.js'
import { readSectionCid, readSectionLength } from '../../src/formats/car-section.js'
import { CarReader } from '../../src/formats/car-reader.js'
import { CarSections } from '../../src/formats/car-stream.js'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { backendSuite } from '../contract/backend-suite.js'
import { MemoryFiles } from '../support/memory-files.js'
import { FIXTURES } from '../support/paths.js'
import { TestClock } from '../support/clock.js'

const { signal } = new AbortController()
allowManyListeners(signal)

const cidOf = (block: Uint8Array): Cid => Cid.v1(RAW, SHA2_256, sha256(block))

const carOf = (blocks: readonly Uint8Array[]): Buffer =>
  Buffer.concat([
    carHeader([cidOf(blocks[0]!)]),
    ...blocks.flatMap((block) => [sectionHead(cidOf(block), block.length), block])
  ])

backendSuite('files in memory (fixture)', {}, async () => {
  const files = new MemoryFiles()
  const blocks = new FileBlocks(files, 'memory')
  const lifetime = new Lifetime('memory')
  const backend: Backend = {
    name: 'memory',
    type: 'fixture',
    facets: lifetime.guard({
      blockReader: blocks,
      blockWriter: blocks,
      fileStreams: blocks.streams,
      fileReader: files,
      fileWriter: files
    }),
    health: ({ signal }) =>
      lifetime.around('health', signal, async () => ({ version: 'a fixture' })),
    close: () => {
      lifetime.end()
      return Promise.resolve()
    }
  }
  return {
    backend,
    plant: (cid, block) => blocks.putBlock(cid, block, { signal }),
    plantFile: (name, bytes) => files.put(name, () => [bytes], { signal })
  }
})

const keyOf = (cid: Cid): string => Buffer.from(cid.multihash).toString('latin1')

async function scan(files: MemoryFiles, name: string, size: number) {
  const window = new FileWindow(files, name, LARGE_WINDOW, { signal })
  const found: { key: string; offset: number }[] = []
  await scanCar(window, await readCarHeader(window, size), (cid, offset) =>
    found.push({ key: keyOf(cid), offset })
  )
  return found
}

/** The places of all blocks, as each of the three readers of archives finds them. */
async function readThrice(bytes: Buffer) {
  const files = new MemoryFiles()
  files.set('a.car', bytes)
  const scanned = new Map<string, string>()
  for (const { key, offset } of await scan(files, 'a.car', bytes.length)) {
    const { length, start } = readSectionLength(bytes.subarray(offset), offset, bytes.length)
    const section = bytes.subarray(start, start + length)
    scanned.set(key, section.subarray(readSectionCid(section, offset).bytes.length).toString('hex'))
  }
  const reader = new CarReader({ size: bytes.length, read: (target, offset) => bytes.copy(target, 0, offset) }) // prettier-ignore
  const read = new Map<string, string>()
  for (const { cid, block } of reader.sections())
    read.set(keyOf(cid), Buffer.from(block).toString('hex'))
  const { dataStart, dataEnd } = reader.header
  async function* payload(): AsyncIterable<Uint8Array> {
    for (let at = dataStart; at < dataEnd; at += 1000)
      yield bytes.subarray(at, Math.min(dataEnd, at + 1000))
  }
  const streamed = new Map<string, string>()
  const sections = new CarSections(new ExactReader(payload()))
  for (let next = await sections.next(); next !== undefined; next = await sections.next())
    streamed.set(keyOf(next.cid), (await sections.take(next)).toString('hex'))
  return { scanned, read, streamed }
}

t.test('archives of others hold the same blocks for each reader', async (t) => {
  for (const name of [
    'go-car/sample-v1.car',
    'go-car/sample-v2-indexless.car',
    'go-car/sample-wrapped-v2.car',
    'go-car/sample-unixfs-v2.car',
    'gateway-conformance/path_gateway_dag__dag-cbor-traversal.car'
  ]) {
    const { scanned, read, streamed } = await readThrice(readFileSync(FIXTURES + name))
    t.ok(read.size > 0, name)
    t.same(scanned, read, name)
    t.same(streamed, read, name)
  }
})

t.test('archives of any blocks do, too', async (t) => {
  const block = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.nat(600_000).map((size) => Buffer.alloc(size, size))
  )
  await fc.assert(
    fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 12 }), async (blocks) => {
      const { scanned, read, streamed } = await readThrice(carOf(blocks))
      const same = [...read].every(([key, bytes]) => scanned.get(key) === bytes && streamed.get(key) === bytes) // prettier-ignore
      return same && scanned.size === read.size && streamed.size === read.size
    }),
    { numRuns: 60 }
  )
  t.pass('the same blocks')
})

t.test('any damage is CORRUPT_FORMAT for each reader of files, with the same offset', async (t) => {
  const good = carOf([Buffer.from('one'), Buffer.from('two')])
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
      const bytes = Buffer.from(good)
      bytes[at] = byte
      const damaged = cut ? bytes.subarray(0, at) : bytes
      const said = async (read: () => Promise<unknown>): Promise<string> =>
        read().then(
          () => 'sound',
          (error: unknown) =>
            error instanceof KitError ? `${error.code} ${error.message}` : 'threw'
        )
      const files = new MemoryFiles()
      files.set('a', damaged)
      const scanned = await said(() => scan(files, 'a', damaged.length))
      const read = await said(async () => {
        const source = { size: damaged.length, read: (target: Uint8Array, offset: number) => damaged.copy(target, 0, offset) } // prettier-ignore
        return [...new CarReader(source).sections()]
      })
      // Padding is all that a scan believes unseen.
      return scanned === read || (scanned === 'sound' && read.includes('an empty section'))
    }),
    { numRuns: 1000 }
  )
  t.pass('the same error')
})

t.test('sections that lie close together cost one ranged read', async (t) => {
  const files = new MemoryFiles()
  const small = Array.from({ length: 1000 }, (_, i) => Buffer.from(`block ${i}`))
  files.set('cars/small.car', carOf(small))
  const blocks = new FileBlocks(files, 'memory')
  t.same(Buffer.from(await blocks.getBlock(cidOf(small[7]!), { signal })), small[7])
  t.equal(files.reads, 3, 'the header, then the heads, and the block')
  await blocks.getBlock(cidOf(small[8]!), { signal })
  t.equal(files.reads, 4, 'the heads are read once')
  const large = Array.from({ length: 8 }, () => randomBytes(1 << 20))
  files.set('large.car', carOf(large))
  files.asked = 0
  const fresh = new FileBlocks(files, 'memory')
  t.ok(large[7]!.equals(await fresh.getBlock(cidOf(large[7]!), { signal })))
  t.ok(files.asked < 5 << 20, 'of large blocks the heads alone are read')
})

t.test('threats 45: an archive whose scan does not end holds up no block of another', async (t) => {
  const files = new MemoryFiles()
  const block = Buffer.from('in the archive')
  files.set('one.car', carOf([block]))
  const clock = new TestClock()
  const blocks = new FileBlocks(files, 'memory', { clock })
  t.teardown(() => blocks.archives.close())
  const ask = (content: string, signal: AbortSignal) => blocks.getBlock(cidOf(Buffer.from(content)), { signal }) // prettier-ignore
  await ask('in the archive', signal)
  files.set('two.car', Buffer.from('never read'))
  const get = files.get.bind(files)
  let tellAsked = (): void => undefined
  const asked = new Promise<void>((resolve) => (tellAsked = resolve))
  files.get = (name, range, options) => {
    if (name !== 'two.car') return get(name, range, options)
    tellAsked()
    return { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }
  }
  clock.advance(60_000)
  t.same(Buffer.from(await ask('in the archive', signal)), block)
  const end = new AbortController()
  const waiting = ask('who knows', end.signal)
  t.same(Buffer.from(await ask('in the archive', signal)), block)
  await asked
  end.abort(new Error('enough'))
  await t.rejects(waiting, /enough/)
})

t.test('threats 43: an archive that cannot be read is tried again, no damaged one', async (t) => {
  const files = new MemoryFiles()
  const block = Buffer.from('in the archive')
  files.set('one.car', carOf([block]))
  const clock = new TestClock()
  const blocks = new FileBlocks(files, 'memory', { clock })
  const absent = cidOf(Buffer.from('absent'))
  t.equal(await blocks.archives.count({ signal }), 1)
  t.equal(files.reads, 0, 'counting looks into none')
  files.failure = new KitError('TIMEOUT', 'the server is slow')
  await t.rejects(blocks.archives.search(absent, { signal }), { code: 'BACKEND_UNAVAILABLE', message: /slow/ }) // prettier-ignore
  await t.rejects(blocks.getBlock(absent, { signal }), { code: 'BACKEND_UNAVAILABLE', message: /slow/ }) // prettier-ignore
  clock.advance(2100)
  t.same(Buffer.from(await blocks.getBlock(cidOf(block), { signal })), block)
  await t.rejects(blocks.getBlock(absent, { signal }), { code: 'BLOCK_NOT_FOUND' })
  files.set('one.car', Buffer.concat([carOf([block]), Buffer.from([200])]))
  clock.advance(2100)
  t.same(Buffer.from(await blocks.getBlock(cidOf(block), { signal })), block, 'before the damage')
  await t.rejects(blocks.getBlock(absent, { signal }), { code: 'BACKEND_UNAVAILABLE', message: /one\.car: not a valid CAR/ }) // prettier-ignore
  const { reads } = files
  clock.advance(2100)
  await t.rejects(blocks.getBlock(absent, { signal }), { code: 'BACKEND_UNAVAILABLE' })
  t.equal(files.reads, reads)
  await files.remove('one.car', { signal })
  await t.rejects(blocks.getBlock(cidOf(block), { signal }), { code: 'BLOCK_NOT_FOUND' }, 'gone since it was seen') // prettier-ignore
})
