/** CAR files, good and bad: through the reader, and through import and export. */
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import fc from 'fast-check'
import { CarReader as Reference } from '@ipld/car/reader'
import { CarReader } from '../../src/formats/car-reader.js'
import { KitError } from '../../src/core/errors.js'
import { fileSource } from '../../src/core/byte-source.js'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { CarIndex } from '../../src/formats/car-index.js'
import { exportCar } from '../../src/content/car-export.js'
import { CarImport } from '../../src/content/car-import.js'
import { verifyCar, type VerifyReport } from '../../src/content/car-verify.js'
import { PROFILES, withChunker } from '../../src/content/profile.js'
import { Cid, RAW } from '../../src/core/cid.js'
import type { BlockStore } from '../../src/store/block-store.js'
import { WriteSession } from '../../src/store/session.js'
import { addBytes, addTree, type Tree } from '../support/adding.js'
import { FIXTURES } from '../support/paths.js'
import { contentOf, openStore, rawCid, write } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

const section = (cid: Cid, block: Uint8Array): Buffer =>
  Buffer.concat([sectionHead(cid, block.length), block])

const fileOf = (t: Parameters<typeof tempFolder>[0], bytes: Uint8Array): string => {
  const path = join(tempFolder(t, 'car'), 'a.car')
  writeFileSync(path, bytes)
  return path
}

function withReader<T>(path: string, work: (reader: CarReader) => T): T {
  const fd = openSync(path, 'r')
  try {
    return work(new CarReader(fileSource(fd)))
  } finally {
    closeSync(fd)
  }
}

async function verify(
  path: string,
  warn: (line: string) => void = () => undefined
): Promise<VerifyReport> {
  const fd = openSync(path, 'r')
  try {
    const { signal } = new AbortController()
    return await verifyCar(new CarReader(fileSource(fd)), {
      signal,
      onBytes: () => undefined,
      warn
    })
  } finally {
    closeSync(fd)
  }
}

async function take(store: BlockStore, path: string, warnings: string[] = []) {
  const fd = openSync(path, 'r')
  try {
    return await write(store, async (session) => {
      const work = new CarImport(session)
      const report = await work.add(new CarReader(fileSource(fd)), {
        signal: new AbortController().signal,
        onBytes: () => undefined,
        warn: (line) => warnings.push(line)
      })
      for (const root of report.roots) work.checkRoot(root)
      return { ...report, missing: work.missing() }
    })
  } finally {
    closeSync(fd)
  }
}

const GOOD = [
  'go-car/sample-v1.car',
  'go-car/sample-v2-indexless.car',
  'go-car/sample-wrapped-v2.car',
  'go-car/sample-unixfs-v2.car',
  'go-car/simple-unixfs.car',
  'gateway-conformance/trustless_gateway_car__single-layer-hamt-with-multi-block-files.car',
  'gateway-conformance/trustless_gateway_car__subdir-with-mixed-block-files.car',
  'gateway-conformance/path_gateway_dag__dag-cbor-traversal.car'
]

t.test('reads the same blocks as @ipld/car', async (t) => {
  for (const name of GOOD) {
    const path = FIXTURES + name
    const ours = withReader(path, (reader) =>
      Array.from(
        reader.sections(),
        ({ cid, block }) => `${cid} ${Buffer.from(block).toString('hex')}`
      )
    )
    const theirs: string[] = []
    const reference = await Reference.fromBytes(readFileSync(path))
    for await (const { cid, bytes } of reference.blocks())
      theirs.push(`${cid.toString()} ${Buffer.from(bytes).toString('hex')}`)
    t.same(ours, theirs, name)
  }
})

t.test("the archive's index, of both kinds, is held against the archive", async (t) => {
  for (const name of ['go-car/sample-wrapped-v2.car', 'go-car/sample-unixfs-v2.car']) {
    const warnings: string[] = []
    withReader(FIXTURES + name, (reader) => {
      const bytes = reader.indexBytes()
      if (bytes !== undefined) t.ok(CarIndex.parse(bytes).count > 0, `${name} has an index`)
    })
    await verify(FIXTURES + name, (line) => warnings.push(line))
    t.same(warnings, [], name)
  }
})

t.test(
  'threats 8: an index that points at the wrong block is ignored with a warning',
  async (t) => {
    const bytes = readFileSync(`${FIXTURES}go-car/sample-wrapped-v2.car`)
    const { header } = withReader(`${FIXTURES}go-car/sample-wrapped-v2.car`, (reader) => reader)
    bytes[bytes.length - 3]! ^= 0x40
    bytes[header.indexStart! + 60]! ^= 0x11
    const warnings: string[] = []
    const { store } = openStore(t)
    const report = await take(store, fileOf(t, bytes), warnings)
    t.equal(report.blocks, 1049)
    t.equal(warnings.length, 1)
    t.match(warnings[0], /index is wrong and was ignored/)
    // A digest that the archive does not have: the block it stood for is absent from the index.
    const lacking = readFileSync(`${FIXTURES}go-car/sample-wrapped-v2.car`)
    lacking[header.indexStart! + 60]! ^= 0x11
    const told: string[] = []
    await verify(fileOf(t, lacking), (line) => told.push(line))
    t.equal(told.length, 1)
    t.match(told[0], /it lacks /)
  }
)

t.test('threats 7: damaged archives are refused with the offset, allocating nothing', async (t) => {
  const block = Buffer.from('block')
  const cid = rawCid(block)
  const good = Buffer.concat([carHeader([cid]), section(cid, block)])
  const v2 = (offset: bigint, size: bigint): Buffer => {
    const head = Buffer.alloc(51)
    Buffer.from('0aa16776657273696f6e02', 'hex').copy(head)
    head.writeBigUInt64LE(offset, 27)
    head.writeBigUInt64LE(size, 35)
    return Buffer.concat([head, good])
  }
  const cases: [string, Buffer, RegExp][] = [
    ['header varint 2^63', Buffer.from('ffffffffffffffffff01', 'hex'), /offset 0/],
    ['section past the end', good.subarray(0, good.length - 1), /past the end.* at offset 59/],
    [
      'section of 100 MiB',
      Buffer.concat([good, Buffer.from([0x80, 0x80, 0x80, 0x32])]),
      /over the limit/
    ],
    ['CARv2 payload past the end', v2(51n, 10_000n), /outside the file/],
    ['CARv2 payload inside its header', v2(3n, 10n), /outside the file/],
    ['empty', Buffer.alloc(0), /empty/],
    ['one byte', Buffer.from([5]), /offset 0/],
    ['zero-filled', Buffer.alloc(5000), /offset 0/],
    ['text', Buffer.from('<html>not a CAR</html>'), /offset 0/],
    [
      'root absent',
      Buffer.concat([carHeader([rawCid(Buffer.from('other'))]), section(cid, block)]),
      /the root .* is in no archive/
    ]
  ]
  for (const [name, bytes, message] of cases) {
    const { store } = openStore(t)
    await t.rejects(take(store, fileOf(t, bytes)), { code: 'CORRUPT_FORMAT', message }, name)
    t.equal(store.reader.manifest.generation, 0, `${name} leaves nothing`)
  }
})

t.test(
  'threats 9: a block that does not match its CID is refused, naming its offset',
  async (t) => {
    const { store } = openStore(t)
    const block = Buffer.from('block')
    const bytes = Buffer.concat([
      carHeader([rawCid(block)]),
      section(rawCid(block), Buffer.from('blocK'))
    ])
    await t.rejects(take(store, fileOf(t, bytes)), { code: 'INTEGRITY', message: /offset 59/ })
    const report = await verify(fileOf(t, bytes))
    t.equal(report.bad.length, 1)
    t.equal(report.missing.length, 1)
  }
)

t.test('threats 10: duplicate blocks are accepted and stored once', async (t) => {
  const { store } = openStore(t)
  const block = Buffer.from('twice')
  const cid = rawCid(block)
  const one = section(cid, block)
  const report = await take(store, fileOf(t, Buffer.concat([carHeader([cid]), one, one, one])))
  t.match(report, { blocks: 3, duplicates: 2 })
  t.equal(store.reader.segments[0]!.count, 1)
  const [pack] = readdirSync(store.layout.packs)
  t.equal(readFileSync(join(store.layout.packs, pack!)).toString().split('twice').length, 2)
})

t.test('threats 11: an archive with holes is imported with their number', async (t) => {
  const { store } = openStore(t)
  const report = await take(store, `${FIXTURES}go-car/wikipedia-cryptographic-hash-function.car`)
  t.match(report, { blocks: 5, missing: 680 })
})

t.test('random damage never crashes: an error of ours, or the bytes that were there', async (t) => {
  const good = readFileSync(`${FIXTURES}go-car/sample-unixfs-v2.car`)
  await fc.assert(
    fc.asyncProperty(
      fc.nat(good.length - 1),
      fc.integer({ min: 1, max: 255 }),
      async (at, change) => {
        const bytes = Buffer.from(good)
        bytes[at]! ^= change
        const path = fileOf(t, bytes)
        try {
          await verify(path)
        } catch (error) {
          return ['CORRUPT_FORMAT', 'INTEGRITY', 'INVALID_CID', 'UNSUPPORTED'].includes(
            (error as { code: string }).code
          )
        }
        return true
      }
    ),
    { numRuns: 300 }
  )
  t.pass('none crashed')
})

t.test(
  'export then import into another store: the same root and bytes, files contiguous again',
  async (t) => {
    const small = withChunker(PROFILES['unixfs-v1-2025'], 'size-1000')
    const node = fc.letrec<{ tree: Tree; node: Uint8Array | Tree }>((tie) => ({
      tree: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('node'), {
        maxKeys: 5,
        noNullPrototype: true
      }),
      node: fc.oneof(
        { maxDepth: 3 },
        fc.tuple(fc.nat(9000), fc.nat(5)).map(([size, seed]) => filled(size, seed)),
        tie('tree')
      )
    }))
    const from = openStore(t)
    const to = openStore(t)
    await fc.assert(
      fc.asyncProperty(node.tree, async (tree) => {
        const { cid } = await write(from.store, (session) => addTree(session, small, tree))
        const path = fileOf(
          t,
          Buffer.concat([...exportCar(cid, from.store.reader)].map((part) => Buffer.from(part)))
        )
        const { roots, missing } = await take(to.store, path)
        const verified = await verify(path)
        return (
        missing === 0 && verified.bad.length === 0 && verified.missing.length === 0 &&
        roots[0]!.equals(cid) && sameTree(contentOf(to.store.reader), cid, tree)
      ) // prettier-ignore
      }),
      { numRuns: 40 }
    )
    t.pass('same trees')
  }
)

t.test('a whole file of several levels arrives as one contiguous file', async (t) => {
  const small = withChunker(PROFILES['unixfs-v1-2025'], 'size-10')
  const from = openStore(t)
  const to = openStore(t)
  const bytes = filled(20_000, 3)
  const { cid } = await write(from.store, (session) => addBytes(session, small, bytes))
  const path = fileOf(
    t,
    Buffer.concat([...exportCar(cid, from.store.reader)].map((part) => Buffer.from(part)))
  )
  await take(to.store, path)
  t.not(to.store.reader.find(cid.key)!.whole, 0)
  const target = Buffer.alloc(bytes.length)
  contentOf(to.store.reader).read(cid, 0, target, 0, bytes.length)
  t.ok(target.equals(bytes))
})

t.test(
  'archives larger than the read buffer, of files of many leaves, arrive byte for byte',
  async (t) => {
    const { 'unixfs-v1-2025': profile } = PROFILES
    const tree = {
      a: filled(5 << 20, 1),
      b: filled((6 << 20) + 7, 2),
      c: { d: filled(3 << 20, 3) }
    }
    const from = openStore(t)
    const to = openStore(t)
    const { cid } = await write(from.store, (session) => addTree(session, profile, tree))
    const path = fileOf(
      t,
      Buffer.concat([...exportCar(cid, from.store.reader)].map((part) => Buffer.from(part)))
    )
    t.equal((await take(to.store, path)).missing, 0)
    t.ok(sameTree(contentOf(to.store.reader), cid, tree))
  }
)

t.test('an import that is interrupted leaves nothing', async (t) => {
  const { store } = openStore(t)
  const blocks = Array.from({ length: 9 }, (_, i) => filled(1 << 20, i))
  const parts = blocks.map((block) => section(rawCid(block), block))
  const fd = openSync(fileOf(t, Buffer.concat([carHeader([rawCid(blocks[0]!)]), ...parts])), 'r')
  const session = new WriteSession(store.reader)
  const stop = new AbortController()
  stop.abort(new KitError('ABORTED', 'interrupted'))
  const options = { signal: stop.signal, onBytes: () => undefined, warn: () => undefined }
  await t.rejects(new CarImport(session).add(new CarReader(fileSource(fd)), options), {
    code: 'ABORTED'
  })
  session.close()
  closeSync(fd)
  t.same(readdirSync(store.layout.incoming), [])
})

t.test('identity CIDs in an archive are no blocks to store', async (t) => {
  const { store } = openStore(t)
  const inline = Cid.v1(RAW, 0, Buffer.from('inline'))
  const block = Buffer.from('real')
  const bytes = Buffer.concat([
    carHeader([rawCid(block)]),
    section(inline, Buffer.from('inline')),
    section(rawCid(block), block)
  ])
  await take(store, fileOf(t, bytes))
  t.equal(store.reader.segments[0]!.count, 1)
})

function filled(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size)
  let x = seed + 1
  for (let i = 0; i < size; i++) bytes[i] = (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) >>> 24
  return bytes
}

function sameTree(content: ReturnType<typeof contentOf>, cid: Cid, tree: Tree): boolean {
  const table = content.directory(cid)
  if (table.count !== Object.keys(tree).length) return false
  return Object.entries(tree).every(([name, child]) => {
    const found = content.child(cid, Buffer.from(name))
    if (found === undefined) return false
    if (!(child instanceof Uint8Array)) return sameTree(content, found, child)
    const bytes = Buffer.alloc(child.length)
    return content.read(found, 0, bytes, 0, bytes.length) === child.length && bytes.equals(child)
  })
}
