/** Content that other programs wrote, through gc, pins, archives and a mount. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { base16 } from 'multiformats/bases/base16'
import { base64url } from 'multiformats/bases/base64'
import { openKit, type Kit as Library } from '../../src/index.js'
import { carHeader, sectionHead } from '../../src/formats/car-writer.js'
import { Cid, DAG_JSON, RAW } from '../../src/core/cid.js'
import { SHA2_256, sha256 } from '../../src/core/hash.js'
import { carOf, folderBlock, leafBlock, type Block } from '../support/blocks.js'
import { Kit } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { FIXTURES } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const TRUNCATED = 'bafybeihu542bjqkxibhpeqdkzvhgyakkwonwezgvps5zjz6rz5djfe5sg4'
const fixture = (name: string): string => `${FIXTURES}content/${name}.car`

async function setUp(t: Pick<Test, 'teardown'>): Promise<{ kit: Library; folder: string }> {
  const folder = tempFolder(t, 'odd')
  return { kit: await openKit({ home: join(folder, 'home'), offline: true }), folder }
}

async function textOf(kit: Library, path: string): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of kit.cat(path)) parts.push(part)
  return Buffer.concat(parts).toString()
}

/** Export a DAG, and import it into a home of its own. */
async function roundTrip(t: Test, kit: Library, root: string, folder: string): Promise<Library> {
  const file = join(folder, 'out.car')
  await kit.cars.exportTo(root, file)
  t.match(await kit.cars.verify(file), { success: true, roots: [root] })
  const other = await openKit({ home: join(folder, 'other'), offline: true })
  t.match(await other.cars.import([file]), { roots: [root], missing: 0, pinned: 1 })
  return other
}

for (const [name, what] of [
  ['min-id', 'an identity node'],
  ['min-jose', 'a signed object (dag-jose)']
] as const)
  t.test(`the links of ${what} are followed by gc, export, verify and stat`, async (t) => {
    const { kit, folder } = await setUp(t)
    const { roots, blocks } = await kit.cars.import([fixture(name)])
    const [root] = roots
    t.match(await kit.gc(), { removedBlocks: 0, keptBlocks: blocks, doubts: [] })
    t.match(await kit.stat(root!), { local: true, missing: 0, depth: 1 })
    t.match(await kit.fsck({ readData: true }), { bad: [], missing: [] })
    const other = await roundTrip(t, kit, root!, folder)
    t.match(await other.gc(), { removedBlocks: 0, keptBlocks: blocks })
    await kit.pins.remove([root!])
    t.match(await kit.gc(), { removedBlocks: blocks, keptBlocks: 0 })
  })

t.test('threats 73: a block missing below an identity node is counted and named', async (t) => {
  const { kit } = await setUp(t)
  t.match(await kit.cars.import([fixture('min-idhole')]), { missing: 1 })
  const report = await kit.cars.verify(fixture('min-idhole'))
  t.equal(report.success, false)
  t.equal(report.missing.length, 1)
  t.match(await kit.fsck(), { missing: report.missing })
})

t.test('dag-json links in other multibases are followed', async (t) => {
  const { kit, folder } = await setUp(t)
  const leaves = [leafBlock('one'), leafBlock('two')]
  const texts = leaves.map(({ cid }, i) => (i === 0 ? base16 : base64url).encode(cid.bytes))
  const block = Buffer.from(JSON.stringify(texts.map((text) => ({ '/': text }))))
  const root = { cid: Cid.v1(DAG_JSON, SHA2_256, sha256(block)), block }
  await kit.cars.import([carOf(folder, [root, ...leaves])])
  t.match(await kit.gc(), { removedBlocks: 0, keptBlocks: 3 })
  await roundTrip(t, kit, String(root.cid), folder)
})

/** Folders with a good file `f` and a link `t` whose digest is cut: so that only its block is missing, or beyond use. */
const CUT_LINKS = [
  { bytes: 20, problem: 'missing', code: 'BLOCK_NOT_FOUND' },
  { bytes: 10, problem: 'damaged', code: 'CORRUPT_FORMAT' }
] as const

function cutLink(folder: string, bytes: number): { root: string; archive: string } {
  if (bytes === 20) return { root: TRUNCATED, archive: fixture('min-trunc') }
  const good = leafBlock('x')
  const cut = Cid.v1(RAW, SHA2_256, good.cid.digest.subarray(0, bytes))
  const root = folderBlock([{ name: 'f', cid: good.cid }, { name: 't', cid: cut }]) // prettier-ignore
  return { root: String(root.cid), archive: carOf(folder, [root, good]) }
}

for (const { bytes, problem, code } of CUT_LINKS) {
  t.test(`a link with a digest of ${bytes} bytes hides nothing beside it`, async (t) => {
    const { kit, folder } = await setUp(t)
    const { root, archive } = cutLink(folder, bytes)
    await kit.cars.import([archive])
    t.match(await kit.ls(root), [
      { name: 'f', problem: null },
      { name: 't', problem }
    ])
    t.match(await kit.gc(), { removedBlocks: 0, doubts: [] })
    t.equal((await textOf(kit, `${root}/f`)).length, 1)
    await t.rejects(textOf(kit, `${root}/t`), { code })
    t.match(await kit.stat(root), { local: false, missing: 1 })
    const { segments, missing } = await kit.explain(root)
    t.same(segments.map(({ path, tier }) => [path, tier]), [['/', 'local'], ['f', 'local'], ['t', null]]) // prettier-ignore
    t.equal(missing.length, 1)
    await t.rejects(kit.cache.warm([root]), { code })
  })

  t.test(
    `in a mount it is listed, and an error when used: ${bytes} bytes`,
    skipWithoutMount,
    async (t) => {
      // prettier-ignore
      const folder = tempFolder(t, 'odd')
      const kit = new Kit(join(folder, 'home'))
      const { root, archive } = cutLink(folder, bytes)
      await kit.ok('car', 'import', archive)
      const path = join(await mounted(t, kit, folder), 'ipfs', root)
      t.equal(await sh('ls -U "$1"', path), 'f\nt\n')
      t.equal((await sh('cat "$1/f"', path)).length, 1)
      t.match(await sh('LC_ALL=C cat "$1/t" 2>&1 || true', path), /Input\/output error/)
    }
  )
}

t.test('a root may lie in another archive; without pins it may lie in none', async (t) => {
  const both = await setUp(t)
  const archives = [fixture('min-shard1'), fixture('min-shard2')]
  t.match(await both.kit.cars.import(archives), { pinned: 2, missing: 0 })
  t.match(await both.kit.gc(), { removedBlocks: 0 })
  const one = await setUp(t)
  await t.rejects(one.kit.cars.import([archives[0]!]), { code: 'CORRUPT_FORMAT', message: /--no-pin/ }) // prettier-ignore
  t.match(await one.kit.cars.import([archives[0]!], { pin: false }), { pinned: 0 })
})

t.test(
  'an archive of 100,000 roots, also through the owner of a mount',
  { timeout: 300_000 },
  async (t) => {
    // prettier-ignore
    const folder = tempFolder(t, 'odd')
    const kit = new Kit(join(folder, 'home'))
    const blocks = Array.from({ length: 100_000 }, (_, i) => leafBlock(`root ${i}`))
    const file = join(folder, 'roots.car')
    writeFileSync(file, manyRoots(blocks))
    await kit.ok('daemon', 'start')
    t.teardown(() => kit.run(['daemon', 'stop']))
    t.match(await kit.json('car', 'import', file), { pinned: 100_000, blocks: 100_000 })
    t.match(await kit.json('gc'), { removed_blocks: 0, kept_blocks: 100_000 })
  }
)

function manyRoots(blocks: readonly Block[]): Buffer {
  const parts = blocks.flatMap(({ cid, block }) => [sectionHead(cid, block.length), block])
  return Buffer.concat([carHeader(blocks.map(({ cid }) => cid)), ...parts])
}

t.test(
  'threats 72: gc keeps everything while the links of a pinned block cannot be known',
  async (t) => {
    const { kit, folder } = await setUp(t)
    const warnings: string[] = []
    kit.on('warning', (line) => warnings.push(line))
    const leaf = leafBlock('found by a tree of git')
    const tree = {
      cid: Cid.v1(0x78, SHA2_256, sha256(Buffer.from('tree'))),
      block: Buffer.from('tree')
    }
    const archive = carOf(folder, [tree, leaf])
    t.match(await kit.cars.verify(archive), {
      success: false,
      unreadable: [{ cid: String(tree.cid) }]
    })
    await kit.cars.import([archive])
    t.match(warnings.splice(0), [/0x78 cannot be read; gc removes nothing/])
    t.match(await kit.gc(), {
      removedBlocks: 0,
      doubtfulBlocks: 1,
      doubts: [{ cid: String(tree.cid) }]
    })
    t.match(warnings.splice(0), [/nothing was removed/])
    t.equal(await textOf(kit, String(leaf.cid)), 'found by a tree of git')
    await t.rejects(kit.cars.exportTo(String(tree.cid), join(folder, 'x.car')), {
      code: 'UNSUPPORTED'
    })
    await kit.pins.remove([String(tree.cid)])
    await t.rejects(kit.pins.add([String(tree.cid)]), { code: 'UNSUPPORTED', message: /--direct/ })
    await kit.pins.add([String(tree.cid)], { direct: true })
    t.match(await kit.gc(), { removedBlocks: 1, keptBlocks: 1, doubts: [] })
  }
)

t.test('threats 72: gc keeps what a missing block may lead to', async (t) => {
  const { kit, folder } = await setUp(t)
  const leaf = leafBlock('below the hole')
  const hole = folderBlock([{ name: 'leaf', cid: leaf.cid }])
  const root = folderBlock([{ name: 'hole', cid: hole.cid }, { name: 'raw', cid: leafBlock('absent').cid }]) // prettier-ignore
  await kit.cars.import([carOf(folder, [root, leaf])])
  t.match(await kit.gc(), {
    removedBlocks: 0,
    doubts: [{ cid: String(hole.cid), reason: /not here/ }]
  })
  await kit.cars.import([carOf(folder, [hole])], { pin: false })
  t.match(
    await kit.gc(),
    { removedBlocks: 0, keptBlocks: 3, doubts: [] },
    'a missing leaf is no doubt'
  )
})
