/** Archives made to do harm, taken through every command that walks, reads or writes out. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_FILE, UNIXFS_SYMLINK } from '../../src/formats/unixfs.js'
import { Cid, DAG_CBOR, DAG_PB, RAW } from '../../src/core/cid.js'
import { hashFor, SHA2_256, SHA2_512, sha256 } from '../../src/core/hash.js'
import { carOf, folderBlock, importBlocks, leafBlock, type Block } from '../support/blocks.js'
import { Kit } from '../support/cli.js'
import { pbCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

const setUp = (t: Parameters<typeof tempFolder>[0]): { kit: Kit; folder: string } => {
  const folder = tempFolder(t, 'hostile')
  return { kit: new Kit(join(folder, 'home')), folder }
}

const nodeOf = (data: Parameters<typeof encodeUnixFs>[0], links: readonly Block[] = []): Block => {
  const block = encodePb(
    links.map((link) => ({ name: Buffer.alloc(0), cid: link.cid.bytes, tsize: 1 })),
    encodeUnixFs(data)
  )
  return { cid: pbCid(block), block }
}

t.test(
  'threats 16: folders 10,000 deep are walked without recursion and refused on the disk',
  { timeout: 300_000 },
  async (t) => {
    const { kit, folder } = setUp(t)
    const blocks: Block[] = [leafBlock('the bottom')]
    for (let depth = 0; depth < 10_000; depth++)
      blocks.push(folderBlock([{ name: 'd', cid: blocks.at(-1)!.cid }]))
    blocks.reverse()
    const root = await importBlocks(kit, folder, blocks)
    t.match(await kit.json('stat', root), { depth: 10_000, blocks: 10_001 })
    t.match(await kit.json('gc'), { removed_blocks: 0, kept_blocks: 10_001 })
    t.match(await kit.json('fsck', '--read-data'), { bad: [], missing: [] })
    const file = join(folder, 'out.car')
    await kit.ok('car', 'export', root, '-o', file)
    t.equal((await kit.run(['car', 'verify', file])).code, 0)
    const deep = `${root}${'/d'.repeat(1500)}`
    t.equal((await kit.ok('ls', '-q', deep)).length > 0, true)
    const { code, stderr } = await kit.run(['get', root, '-o', join(folder, 'out')])
    t.not(code, 0)
    t.match(stderr, /path of more than 4095 bytes/)
    t.notOk(stderr.includes('    at '), 'no stack trace')
    t.notOk(existsSync(join(folder, 'out')))
    t.notOk(readdirSync(folder).some((name) => name.includes('.tmp')))
  }
)

t.test('threats 17: a petabyte out of a kilobyte: sized, listed, verified once', async (t) => {
  const { kit, folder } = setUp(t)
  const leaf = leafBlock('x'.repeat(1024))
  const blocks: Block[] = [leaf]
  let size = 1024
  while (size < 2 ** 50) {
    const below = blocks.at(-1)!
    const blockSizes = Array.from({ length: 32 }, () => size)
    size *= 32
    blocks.push(
      nodeOf(
        { type: UNIXFS_FILE, fileSize: size, blockSizes },
        blockSizes.map(() => below)
      )
    )
  }
  const count = blocks.length
  const root = await importBlocks(kit, folder, blocks.toReversed())
  t.match(await kit.json('stat', root), { size, blocks: count })
  const part = await kit.bytes('cat', '--offset', String(size - 5000), '--length', '9000', root)
  t.equal(part.toString(), 'x'.repeat(5000))
  const file = join(folder, 'out.car')
  await kit.ok('car', 'export', root, '-o', file)
  t.match(await kit.json('car', 'verify', file), { blocks: count, missing: [] })
  t.match(await kit.json('fsck', '--read-data'), { blocks: count, bad: [] })
  t.match(await kit.json('pin', 'add', root), { pins: [{ cid: root }] })
  t.match(await kit.json('cache', 'warm', root), { files: 1, bytes: size })
  const out = join(folder, 'out')
  t.match(await kit.json('get', root, '-o', out), { success: false, code: 'NO_SPACE' })
  t.notOk(existsSync(out))
})

t.test('threats 17: folders that claim to hold 10^12 files: each is walked once', async (t) => {
  const { kit, folder } = setUp(t)
  const blocks: Block[] = [leafBlock('x')]
  for (let depth = 0; depth < 12; depth++) {
    const below = blocks.at(-1)!.cid
    blocks.push(folderBlock(Array.from({ length: 10 }, (_, i) => ({ name: `${i}`, cid: below }))))
  }
  const root = await importBlocks(kit, folder, blocks.toReversed())
  t.match(await kit.json('stat', root), { blocks: 13, depth: 12 })
  t.match(await kit.json('cache', 'warm', root), { files: 1, bytes: 1 })
  t.match(await kit.json('pin', 'add', root), { pins: [{ cid: root }] })
  t.match(await kit.json('gc'), { removed_blocks: 0, kept_blocks: 13 })
  const out = join(folder, 'out')
  const hasBegun = (): boolean => readdirSync(folder).some((name) => name.endsWith('.tmp'))
  const got = kit.run(['get', root, '-o', out], {
    onStart: (child) => {
      const watch = setInterval(() => {
        if (hasBegun()) child.kill('SIGINT')
      }, 20)
      child.on('exit', () => clearInterval(watch))
    }
  })
  t.match(await got, { signal: 'SIGINT' })
  t.same(
    readdirSync(folder).filter((name) => name.includes('out')),
    [],
    'nothing is left'
  )
})

t.test('threats 22 and 23: `car verify` counts the names no file can have', async (t) => {
  const { folder, kit } = setUp(t)
  const leaf = leafBlock('leaf')
  const names = ['', '.', '..', 'a/b', 'nul\0', 'x'.repeat(256), 'good', 'good']
  const dir = folderBlock(names.map((name) => ({ name, cid: leaf.cid })))
  const { stdout, code } = await kit.run(['car', 'verify', carOf(folder, [dir, leaf])])
  t.equal(code, 0)
  t.match(stdout.toString(), /6 entries have names no file can have/)
  const root = await importBlocks(kit, folder, [dir, leaf])
  await kit.ok('get', root, '-o', join(folder, 'out'))
  t.same(readdirSync(join(folder, 'out')), ['good'], 'nothing is written outside OUT')
})

t.test('threats 23 and 27: a symlink that leads out is text and never followed', async (t) => {
  const { folder, kit } = setUp(t)
  const link = (text: string): Block =>
    nodeOf({ type: UNIXFS_SYMLINK, data: Buffer.from(text), blockSizes: [] })
  const victim = join(folder, 'victim')
  writeFileSync(victim, 'untouched')
  const evil = link(victim)
  const leaf = leafBlock('overwritten')
  // The same name twice: first a link out of the tree, then a file to be written through it.
  const dir = folderBlock([
    { name: 'a', cid: evil.cid },
    { name: 'a', cid: leaf.cid },
    { name: 'b', cid: leaf.cid }
  ])
  const root = await importBlocks(kit, folder, [dir, evil, leaf])
  await kit.ok('get', root, '-o', join(folder, 'out'))
  t.equal(readFileSync(victim, 'utf8'), 'untouched')
  for (const text of ['nul\0inside', '']) {
    const cid = await importBlocks(kit, folder, [link(text)])
    const { code, stderr } = await kit.run(['get', cid, '-o', join(folder, 'bad')])
    t.equal(code, 1)
    t.match(stderr, /symlink whose text no file system takes/)
    t.notOk(existsSync(join(folder, 'bad')))
  }
})

t.test('threats 12 and 13: what cannot be named, hashed or decoded', async (t) => {
  const { folder, kit } = setUp(t)
  const long = Cid.v1(RAW, 0, Buffer.alloc(129))
  t.match(await kit.json('stat', String(long)), { code: 'INVALID_CID' })
  const short = Cid.v1(RAW, SHA2_256, Buffer.alloc(19))
  t.match(await kit.json('stat', String(short)), { code: 'INVALID_CID' })
  const block = Buffer.from('md5')
  const unknown = Cid.v1(RAW, 0xd5, sha256(block))
  const file = carOf(folder, [{ cid: unknown, block }])
  const refused = await kit.json('car', 'import', file)
  t.match(refused, { code: 'UNSUPPORTED' })
  t.match(await kit.json('stat', String(unknown)), { code: 'UNSUPPORTED' })
})

t.test('threats 14: blocks that break their decoders are blocks all the same', async (t) => {
  const { folder, kit } = setUp(t)
  const cbor = (bytes: Buffer): Block => ({
    cid: Cid.v1(DAG_CBOR, SHA2_256, sha256(bytes)),
    block: bytes
  })
  const nested = cbor(Buffer.concat([Buffer.alloc(100_000, 0x81), Buffer.from([0x01])]))
  const promised = cbor(Buffer.from('9b7fffffffffffffff', 'hex'))
  const garbage: Block = {
    cid: pbCid(Buffer.from('no protobuf')),
    block: Buffer.from('no protobuf')
  }
  t.equal(garbage.cid.codec, DAG_PB)
  for (const bad of [nested, promised, garbage]) {
    const root = await importBlocks(kit, folder, [bad])
    t.match(await kit.json('fsck', '--read-data'), { bad: [] })
    const { code, stderr } = await kit.run(['cat', `${root}/a/b`])
    t.not(code, 0)
    t.notOk(stderr.includes('    at '), 'an error of ours, not a stack trace')
  }
  // A link that nobody could follow hides none of the others.
  const leaf = leafBlock('leaf')
  const unusable = Buffer.from([0x00, 0x01, 0x55, 0x12, 0x02, 0xaa, 0xbb])
  const tag = (cid: Uint8Array): Buffer =>
    Buffer.concat([
      Buffer.from(
        cid.length < 24 ? [0xd8, 0x2a, 0x40 + cid.length] : [0xd8, 0x2a, 0x58, cid.length]
      ),
      cid
    ])
  const both = cbor(
    Buffer.concat([
      Buffer.from([0x82]),
      tag(unusable),
      tag(Buffer.concat([Buffer.from([0]), leaf.cid.bytes]))
    ])
  )
  await importBlocks(kit, folder, [both, leaf])
  t.match(await kit.json('gc'), { removed_blocks: 0 })
})

t.test('threats 28: of one multihash by two codecs neither hides the other', async (t) => {
  const leaf = leafBlock('kept')
  const dir = folderBlock([{ name: 'a', cid: leaf.cid }])
  // The same bytes under a codec that nobody can read links of.
  const other = Cid.v1(0x0200, SHA2_256, sha256(dir.block))
  // Whichever of the two a walk meets first.
  for (const [x, y] of [
    [other, dir.cid],
    [dir.cid, other]
  ] as const) {
    const { folder, kit } = setUp(t)
    const both = folderBlock([
      { name: 'x', cid: x },
      { name: 'y', cid: y }
    ])
    const top = await importBlocks(kit, folder, [both, dir, leaf])
    t.match(await kit.json('gc'), { removed_blocks: 0 })
    t.equal((await kit.bytes('cat', `${String(dir.cid)}/a`)).toString(), 'kept')
    const file = join(folder, 'both.car')
    await kit.ok('car', 'export', top, '-o', file)
    t.match(await kit.json('car', 'verify', file), { blocks: 4, missing: [] })
  }
})

t.test('threats 28: a block made to have the key of another is not taken for it', async (t) => {
  const { folder, kit } = setUp(t)
  const wanted = Buffer.from('the real content')
  const digest = hashFor(SHA2_512)!.digest(wanted)
  const fake = Buffer.concat([Buffer.from([SHA2_512]), digest])
  await importBlocks(kit, folder, [{ cid: Cid.v1(RAW, SHA2_256, sha256(fake)), block: fake }])
  const real = Cid.v1(RAW, SHA2_512, digest)
  t.match(await kit.json('stat', String(real)), { code: 'BLOCK_NOT_FOUND' })
  await importBlocks(kit, folder, [{ cid: real, block: wanted }])
  t.ok((await kit.bytes('cat', String(real))).equals(wanted))
})

t.test('links of a block that is not canonical are kept and exported all the same', async (t) => {
  const { folder, kit } = setUp(t)
  const leaf = leafBlock('below')
  const link = Buffer.concat([
    Buffer.from([0xd8, 0x2a, 0x58, leaf.cid.bytes.length + 1, 0]),
    leaf.cid.bytes
  ])
  // An array of length 1, its length in four bytes where one would do.
  const bytes = Buffer.concat([Buffer.from('9a00000001', 'hex'), link])
  const node = { cid: Cid.v1(DAG_CBOR, SHA2_256, sha256(bytes)), block: bytes }
  const root = await importBlocks(kit, folder, [node, leaf])
  t.match(await kit.json('gc'), { removed_blocks: 0, kept_blocks: 2 })
  const file = join(folder, 'out.car')
  await kit.ok('car', 'export', root, '-o', file)
  t.match(await kit.json('car', 'verify', file), { blocks: 2 })
})

t.test('threats 15: an archive whose node lies about a repeated leaf is no file', async (t) => {
  const { folder, kit } = setUp(t)
  const leaf = leafBlock('HELLO')
  const lying = nodeOf({ type: UNIXFS_FILE, fileSize: 8, blockSizes: [5, 3] }, [leaf, leaf])
  const root = await importBlocks(kit, folder, [lying, leaf])
  const { code, stderr } = await kit.run(['cat', root])
  t.equal(code, 3)
  t.match(stderr, /5 bytes where its parent says 3/)
  t.match(await kit.json('fsck', '--read-data'), { bad: [] })
})

t.test(
  'threats 18: a node too large to be kept is not decoded for every byte',
  { timeout: 60_000 },
  async (t) => {
    const { folder, kit } = setUp(t)
    const leaf = leafBlock('x')
    const inner = (parts: number): Block =>
      nodeOf(
        { type: UNIXFS_FILE, fileSize: parts, blockSizes: Array.from({ length: parts }, () => 1) },
        Array.from({ length: parts }, () => leaf)
      )
    const [one, two] = [inner(100_000), inner(100_001)]
    const sizes: number[] = Array.from({ length: 4000 }, (_, i) => 100_000 + (i % 2))
    const root = nodeOf(
      { type: UNIXFS_FILE, fileSize: sizes.reduce((a, b) => a + b), blockSizes: sizes },
      sizes.map((_, i) => (i % 2 === 0 ? one : two))
    )
    const cid = await importBlocks(kit, folder, [root, one, two, leaf])
    const started = Date.now()
    const { stdout } = await kit.run(['cat', '--offset', '99990', '--length', '100', cid])
    t.equal(stdout.toString(), 'x'.repeat(100))
    t.ok(Date.now() - started < 30_000)
  }
)

t.test('a gap that no root leads to is no gap of the archive', async (t) => {
  const { folder, kit } = setUp(t)
  const leaf = leafBlock('leaf')
  const root = folderBlock([{ name: 'a', cid: leaf.cid }])
  const stray = folderBlock([{ name: 'gone', cid: leafBlock('nowhere').cid }])
  t.match(await kit.json('car', 'verify', carOf(folder, [root, stray, leaf])), { missing: [] })
  const holed = await kit.json<{ missing: string[] }>(
    'car',
    'verify',
    carOf(folder, [folderBlock([{ name: 's', cid: stray.cid }]), stray])
  )
  t.same(holed.missing, [String(leafBlock('nowhere').cid)])
})

t.test('threats 8: an index of a million buckets costs nothing', async (t) => {
  const { folder, kit } = setUp(t)
  const leaf = leafBlock('leaf')
  const payload = Buffer.concat([
    carHeader([leaf.cid]),
    sectionHead(leaf.cid, leaf.block.length),
    leaf.block
  ])
  const head = Buffer.alloc(51)
  Buffer.from('0aa16776657273696f6e02', 'hex').copy(head)
  head.writeBigUInt64LE(51n, 27)
  head.writeBigUInt64LE(BigInt(payload.length), 35)
  head.writeBigUInt64LE(BigInt(51 + payload.length), 43)
  const buckets = Buffer.alloc(2 + 4 + 1_000_000 * 12)
  Buffer.from('8008', 'hex').copy(buckets)
  buckets.writeUInt32LE(1_000_000, 2)
  for (let i = 0; i < 1_000_000; i++) buckets.writeUInt32LE(40, 6 + i * 12)
  const file = join(folder, 'many.car')
  writeFileSync(file, Buffer.concat([head, payload, buckets]))
  const { code, stderr } = await kit.run(['car', 'import', file])
  t.equal(code, 0)
  t.match(stderr, /index is wrong and was ignored.*buckets/)
})
