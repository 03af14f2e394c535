/** Reading by chunk tables gives the bytes that were added, at any position, in every layout. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import fc from 'fast-check'
import { encodePb } from '../../src/formats/dag-pb.js'
import { PROFILES, withChunker } from '../../src/content/profile.js'
import { encodeUnixFs, UNIXFS_FILE, UNIXFS_HAMT, UNIXFS_SYMLINK } from '../../src/formats/unixfs.js'
import { Cid, DAG_CBOR, RAW } from '../../src/core/cid.js'
import { IDENTITY } from '../../src/core/hash.js'
import { NotReady } from '../../src/core/not-ready.js'
import { fineBytes, fineFile } from '../support/fine-file.js'
import { addBytes, addTree } from '../support/adding.js'
import { contentOf, openStore, pbCid, putBlocks, rawCid, write } from '../support/stores.js'

for (const profile of Object.values(PROFILES))
  t.test(`${profile.name}: any range of any file`, async (t) => {
    const { store } = openStore(t)
    const chunk = 100
    const small = withChunker(profile, `size-${chunk}`)
    const bytes = Buffer.from(
      Array.from({ length: chunk * 600 + 17 }, (_, i) => (i * 7 + (i >> 8)) & 255)
    )
    const sizes = [0, 1, chunk, chunk + 1, chunk * 175, chunk * 180 + 3, bytes.length]
    const cids = await write(store, async (session) => {
      const made: Cid[] = []
      for (const size of sizes)
        made.push((await addBytes(session, small, bytes.subarray(0, size))).cid)
      return made
    })
    const content = contentOf(store.reader)
    fc.assert(
      fc.property(
        fc.nat(sizes.length - 1),
        fc.nat(bytes.length + 50),
        fc.nat(3000),
        (which, position, length) => {
          const file = bytes.subarray(0, sizes[which])
          const target = Buffer.alloc(length)
          const n = content.read(cids[which]!, position, target, 0, length)
          return target.subarray(0, n).equals(file.subarray(position, position + length))
        }
      ),
      { numRuns: 400 }
    )
    sizes.forEach((size, i) => t.equal(content.stat(cids[i]!).size, size))
  })

t.test('a block that is not UnixFS is a file holding its bytes', async (t) => {
  const { store } = openStore(t)
  const block = Buffer.from('a1616101', 'hex')
  const { sha256, SHA2_256 } = await import('../../src/core/hash.js')
  const cid = Cid.v1(DAG_CBOR, SHA2_256, sha256(block))
  await putBlocks(store, [{ cid, block }])
  const content = contentOf(store.reader)
  t.match(content.stat(cid), { type: 'file', size: 4 })
  const target = Buffer.alloc(10)
  t.equal(content.read(cid, 1, target, 0, 10), 3)
  const unknown = Cid.v1(0x300000, SHA2_256, sha256(block))
  t.match(content.stat(unknown), { type: 'file', size: 4 }, 'threats 14: so is an unknown codec')
})

t.test('identity CIDs are read from themselves', async (t) => {
  const { store } = openStore(t)
  const content = contentOf(store.reader)
  const cid = Cid.v1(RAW, IDENTITY, Buffer.from('inline'))
  const target = Buffer.alloc(6)
  t.equal(content.read(cid, 0, target, 0, 6), 6)
  t.equal(target.toString(), 'inline')
})

const fileNode = (
  parts: { cid: Cid; size: number }[],
  fileSize: number,
  blockSizes = parts.map((p) => p.size)
) =>
  encodePb(
    parts.map(({ cid, size }) => ({ name: Buffer.alloc(0), cid: cid.bytes, tsize: size })),
    encodeUnixFs({ type: UNIXFS_FILE, fileSize, blockSizes })
  )

t.test(
  'threats 15: sizes that do not add up are an error on read, without allocation',
  async (t) => {
    const { store } = openStore(t)
    const leaf = Buffer.from('leaf')
    const part = { cid: rawCid(leaf), size: 4 }
    const wrongSum = fileNode([part], 5)
    const wrongCount = fileNode([part, part], 8, [8])
    const wrongPart = fileNode([part], 9, [9])
    const huge = fileNode([part], 2 ** 52, [2 ** 52])
    // Each size is a number we can hold, their sum is not, and is what the node says.
    const sum = fileNode([part, part], 2 ** 53 + 2, [2 ** 53 - 2, 4])
    await putBlocks(store, [
      { cid: part.cid, block: leaf },
      ...[wrongSum, wrongCount, wrongPart, huge, sum].map((block) => ({ cid: pbCid(block), block }))
    ])
    const content = contentOf(store.reader)
    for (const block of [wrongSum, wrongCount, wrongPart, huge, sum])
      t.throws(() => content.read(pbCid(block), 0, Buffer.alloc(100), 0, 100), {
        code: 'CORRUPT_FORMAT'
      })
    const overflow = Buffer.concat([
      Buffer.from('0a0d0802', 'hex'),
      Buffer.from('18ffffffffffffffff7f', 'hex').subarray(0, 11)
    ])
    await putBlocks(store, [{ cid: pbCid(overflow), block: overflow }])
    t.throws(
      () => contentOf(store.reader).stat(pbCid(overflow)),
      { code: 'CORRUPT_FORMAT' },
      'filesize 2^63'
    )
  }
)

t.test('threats 16: file nodes nested too deep are refused, without stack overflow', async (t) => {
  const { store } = openStore(t)
  const leaf = Buffer.from('x')
  const blocks = [{ cid: rawCid(leaf), block: leaf as Uint8Array }]
  for (let depth = 0; depth < 10_000; depth++) {
    const block = fileNode([{ cid: blocks.at(-1)!.cid, size: 1 }], 1)
    blocks.push({ cid: pbCid(block), block })
  }
  await putBlocks(store, blocks)
  const content = contentOf(store.reader)
  t.throws(() => content.read(blocks.at(-1)!.cid, 0, Buffer.alloc(1), 0, 1), {
    code: 'CORRUPT_FORMAT',
    message: /deeper than 64/
  })
  t.equal(content.read(blocks[50]!.cid, 0, Buffer.alloc(1), 0, 1), 1)
})

t.test(
  'threats 17: a kilobyte that claims a petabyte is sized and read in bounded memory',
  async (t) => {
    const { store } = openStore(t)
    const leaf = Buffer.alloc(1024, 7)
    let part = { cid: rawCid(leaf), size: 1024 }
    const blocks = [{ cid: part.cid, block: leaf as Uint8Array }]
    while (part.size < 2 ** 50) {
      const parts = Array.from({ length: 32 }, () => part)
      const block = fileNode(parts, part.size * 32)
      part = { cid: pbCid(block), size: part.size * 32 }
      blocks.push({ cid: part.cid, block })
    }
    await putBlocks(store, blocks)
    const content = contentOf(store.reader)
    t.equal(content.stat(part.cid).size, part.size)
    const target = Buffer.alloc(1 << 20)
    t.equal(content.read(part.cid, part.size - (1 << 20) - 5, target, 0, 1 << 20), 1 << 20)
    t.equal(target[12345], 7)
  }
)

t.test('threats 20: bad fan-outs and prefixes that contradict the bitfield', async (t) => {
  const { store } = openStore(t)
  const leaf = Buffer.from('x')
  const shard = (fanout: number, name: string, bits: string): Uint8Array =>
    encodePb(
      [{ name: Buffer.from(name), cid: rawCid(leaf).bytes, tsize: 1 }],
      encodeUnixFs({
        type: UNIXFS_HAMT,
        data: Buffer.from(bits, 'hex'),
        blockSizes: [],
        hashType: 0x22,
        fanout
      })
    )
  const bad = [
    shard(0, '00a', '01'), shard(3, '00a', '01'), shard(2 ** 32, '00a', '01'),
    shard(256, '01a', '01'), shard(256, 'zza', '01'), shard(256, '00a', '03'),
    shardOf(['00a', '00b'], '01', rawCid(leaf)), shardOf(['00a', '00b'], '03', rawCid(leaf)),
    shardOf(['01a', '00b'], '03', rawCid(leaf))
  ] // prettier-ignore
  await putBlocks(store, [
    { cid: rawCid(leaf), block: leaf },
    ...bad.map((block) => ({ cid: pbCid(block), block }))
  ])
  const content = contentOf(store.reader)
  for (const block of bad) {
    t.throws(() => content.directory(pbCid(block)), { code: 'CORRUPT_FORMAT' })
    t.throws(() => content.child(pbCid(block), Buffer.from('a')), { code: 'CORRUPT_FORMAT' })
  }
})

const shardOf = (names: readonly string[], bits: string, child: Cid): Uint8Array =>
  encodePb(
    names.map((name) => ({ name: Buffer.from(name), cid: child.bytes, tsize: 1 })),
    encodeUnixFs({
      type: UNIXFS_HAMT,
      data: Buffer.from(bits, 'hex'),
      blockSizes: [],
      hashType: 0x22,
      fanout: 256
    })
  )

t.test('threats 21: shards that hold one many times are refused at once', async (t) => {
  const { store } = openStore(t)
  const leaf = Buffer.from('x')
  let block = shardOf(['00a'], '01', rawCid(leaf))
  const blocks = [{ cid: rawCid(leaf), block: leaf as Uint8Array }]
  for (let depth = 0; depth < 7; depth++) {
    blocks.push({ cid: pbCid(block), block })
    const slots = Array.from({ length: 256 }, (_, i) =>
      i.toString(16).toUpperCase().padStart(2, '0')
    )
    block = shardOf(slots, 'ff'.repeat(32), pbCid(block))
  }
  blocks.push({ cid: pbCid(block), block })
  await putBlocks(store, blocks)
  // 256^7 entries, were each place visited.
  t.throws(() => contentOf(store.reader).directory(pbCid(block)), {
    code: 'CORRUPT_FORMAT',
    message: /twice/
  })
})

t.test('threats 52: a damaged directory table is noticed and made from the shards', async (t) => {
  const { store } = openStore(t)
  const names = Array.from({ length: 5000 }, (_, i) => `entry number ${i} ${'x'.repeat(50)}`)
  const tree = Object.fromEntries(names.map((name) => [name, Buffer.from('same')]))
  const { cid } = await write(store, (session) =>
    addTree(session, PROFILES['unixfs-v1-2025'], tree)
  )
  const path = store.reader.layout.table(Buffer.from(cid.key).toString('hex'))
  const intact = readFileSync(path)
  for (const at of [0, 5, 9, 40, 50_000, 130_000, intact.length - 3]) {
    const damaged = Buffer.from(intact)
    damaged[at]! ^= 0x20
    writeFileSync(path, damaged)
    const content = contentOf(store.reader)
    t.equal(content.directory(cid).count, 5000, `byte ${at}`)
    for (const name of [names[7]!, names[4999]!])
      t.equal(String(content.child(cid, Buffer.from(name))), String(rawCid(Buffer.from('same'))))
    t.equal(content.child(cid, Buffer.from('no such name')), undefined)
  }
})

t.test(
  'threats 52: a HAMT directory is found by name and listed without its table, and the table is made again',
  async (t) => {
    const { store } = openStore(t)
    const names = Array.from({ length: 6000 }, (_, i) => `entry number ${i} ${'x'.repeat(40)}`)
    const tree = Object.fromEntries(names.map((name) => [name, Buffer.from(name)]))
    const { cid } = await write(store, (session) =>
      addTree(session, PROFILES['unixfs-v1-2025'], tree)
    )
    const table = store.reader.layout.table(Buffer.from(cid.key).toString('hex'))
    t.ok(existsSync(table), 'written with the directory')
    const before = contentOf(store.reader).directory(cid)
    const order = Array.from({ length: before.count }, (_, i) =>
      Buffer.from(before.name(i)).toString()
    )
    rmSync(table)
    const content = contentOf(store.reader)
    for (const name of [names[0]!, names[3333]!, names[5999]!])
      t.equal(String(content.child(cid, Buffer.from(name))), String(rawCid(Buffer.from(name))))
    t.equal(content.child(cid, Buffer.from('no such name')), undefined)
    t.notOk(existsSync(table), 'looking up a name lists nothing')
    const after = content.directory(cid)
    t.same(
      Array.from({ length: after.count }, (_, i) => Buffer.from(after.name(i)).toString()),
      order,
      'same order'
    )
    t.ok(existsSync(table), 'listing made it again')
  }
)

t.test(
  'threats 22 and 23: names no file can have are hidden, the first of two equal ones wins',
  async (t) => {
    const { store } = openStore(t)
    const leaf = Buffer.from('1')
    const other = Buffer.from('2')
    const names = ['', '.', '..', 'a/b', 'nul\0', 'x'.repeat(256), 'good', 'good']
    const block = encodePb(
      names.map((name, i) => ({
        name: Buffer.from(name),
        cid: rawCid(i === 7 ? other : leaf).bytes,
        tsize: 1
      })),
      encodeUnixFs({ type: 1, blockSizes: [] })
    )
    await putBlocks(store, [
      { cid: rawCid(leaf), block: leaf },
      { cid: rawCid(other), block: other },
      { cid: pbCid(block), block }
    ])
    const table = contentOf(store.reader).directory(pbCid(block))
    t.equal(table.hidden, 6)
    t.equal(table.count, 2)
    t.ok(table.isDuplicate(1))
    t.equal(
      String(contentOf(store.reader).child(pbCid(block), Buffer.from('good'))),
      String(rawCid(leaf))
    )
  }
)

t.test('symlinks tell their text', async (t) => {
  const { store } = openStore(t)
  const block = encodePb(
    [],
    encodeUnixFs({ type: UNIXFS_SYMLINK, data: Buffer.from('/etc/passwd'), blockSizes: [] })
  )
  await putBlocks(store, [{ cid: pbCid(block), block }])
  const content = contentOf(store.reader)
  t.equal(Buffer.from(content.readlink(pbCid(block))).toString(), '/etc/passwd')
  t.equal(content.stat(pbCid(block)).size, 11)
})

t.test('threats 71: a read of many parts takes turns, and goes on where it was', async (t) => {
  const { store } = openStore(t)
  const blocks = fineFile()
  await putBlocks(store, blocks)
  const content = contentOf(store.reader)
  const root = blocks[0]!.cid
  /** Reads as a thread does that has others to serve. @returns the bytes, and how many turns. */
  const read = (position: number, length: number) => {
    const target = Buffer.alloc(length)
    for (let turns = 0; ; turns++)
      try {
        return { length: content.read(root, position, target, 0, length), target, turns }
      } catch (error) {
        if (!(error instanceof NotReady) || error.want.type !== 'turn') throw error
        target.fill(0xff)
      }
  }
  const size = 2 ** 30
  for (const [position, length] of [
    [0, 10],
    [77, 50_000],
    [size - 3000, 9000],
    [size, 1]
  ]) {
    const { target, turns, length: count } = read(position!, length!)
    const expected = Math.min(length!, size - position!)
    t.equal(count, expected)
    t.ok(fineBytes(position!, expected).equals(target.subarray(0, expected)))
    t.equal(turns > 0, expected > 2048, `${turns} turns`)
  }
  // Many unfinished reads have no room; each comes to an end none the less.
  const wanted = Array.from({ length: 40 }, (_, i) => i * 2 ** 20)
  const target = Buffer.alloc(2 ** 20)
  for (const position of wanted)
    t.throws(() => content.read(root, position, target, 0, target.length), NotReady)
  t.ok(fineBytes(9, 1 << 19).equals(read(9, 1 << 19).target))
})
