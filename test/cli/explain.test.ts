/** `explain` on files and folders, whole and with blocks missing at each place. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CarReader } from '@ipld/car'
import t from 'tap'
import type { Test } from 'tap'
import { Cid } from '../../src/core/cid.js'
import { httpServer } from '../servers/http.js'
import { importBlocks, type Block } from '../support/blocks.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Explained {
  readonly success: boolean
  readonly error?: string
  readonly segments: {
    readonly cid: string
    readonly path: string
    readonly offset: number
    readonly length: number | null
    readonly tier: string | null
  }[]
  readonly missing: string[]
}

interface Planted {
  readonly folder: string
  readonly root: string
  readonly blocks: readonly Block[]
  /** A home that lacks some of the blocks. */
  readonly without: (...cids: string[]) => Promise<Kit>
}

async function plant(t: Test, files: Record<string, string | Uint8Array>): Promise<Planted> {
  const folder = tempFolder(t, 'explain')
  const source = join(folder, 'source')
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(source, name, '..'), { recursive: true })
    writeFileSync(join(source, name), content)
  }
  const whole = new Kit(join(folder, 'whole'))
  const root = await whole.add(source)
  const blocks: Block[] = []
  const car = await CarReader.fromBytes(await whole.bytes('car', 'export', root))
  for await (const { cid, bytes } of car.blocks())
    blocks.push({ cid: Cid.decode(cid.bytes), block: bytes })
  let homes = 0
  const without = async (...cids: string[]): Promise<Kit> => {
    const kit = new Kit(join(folder, `home-${homes++}`))
    const kept = blocks.filter(({ cid }) => !cids.includes(String(cid)))
    if (kept.length > 0) await importBlocks(kit, folder, kept)
    return kit
  }
  return { folder, root, blocks, without }
}

const BIG = Buffer.alloc(3 << 20, 'x').map((byte, i) => byte ^ (i >> 20))

t.test('a folder is explained with all that it holds', async (t) => {
  const { root, without } = await plant(t, { a: 'alpha', 'sub/big': BIG, 'sub/b': 'beta' })
  const kit = await without()
  const { segments, missing } = await kit.json<Explained>('explain', root)
  t.same(missing, [])
  t.same(
    segments.map(({ path, offset, length, tier }) => [path, offset, length, tier]),
    [
      ['/', 0, 0, 'local'],
      ['a', 0, 5, 'local'],
      ['sub/', 0, 0, 'local'],
      ['sub/b', 0, 4, 'local'],
      ['sub/big', 0, 1 << 20, 'local'],
      ['sub/big', 1 << 20, 1 << 20, 'local'],
      ['sub/big', 2 << 20, 1 << 20, 'local']
    ]
  )
  t.match(await kit.ok('explain', `${root}/sub`), /local 3\S* ?MiB.*not here 0/)
})

t.test('each block that is missing is a row, and the others stay in the table', async (t) => {
  const { root, blocks, without } = await plant(t, { a: 'alpha', 'sub/big': BIG, 'sub/b': 'beta' })
  const web = await httpServer(t, (_, response) => response.writeHead(404).end())
  for (const { cid } of blocks) {
    const kit = await without(String(cid))
    await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', web)
    const isRoot = String(cid) === root
    for (const flags of [[], ['--fetch']]) {
      const asked = isRoot || flags.length > 0
      const { code, stdout, stderr } = await kit.run(['explain', ...flags, root])
      const rows = stdout
        .toString()
        .split('\n')
        .filter((line) => / not here /.test(line))
      const what = `${flags.join()} ${isRoot ? 'root' : String(cid)}`
      t.match(rows[0], new RegExp(`not here +- +web is asked first +${cid}`), what)
      t.match(stdout.toString(), /^ *OFFSET +LENGTH +WHERE/, what)
      t.match(stdout.toString(), /not here ([1-9]\S* \S+ in )?1 block or more/, what)
      t.equal(code, asked ? 1 : 0, what)
      t.match(stderr, asked ? /^ipfs-kit explain: .*\n$/ : /^$/, what)
      const answer = await kit.json<Explained>('explain', ...flags, root)
      t.match(answer, { success: !asked, missing: [String(cid)] }, what)
      t.ok(
        answer.segments.some((one) => one.cid === String(cid) && one.tier === null),
        what
      )
    }
  }
})

t.test('a path is explained up to the block that is missing', async (t) => {
  const { root, blocks, without } = await plant(t, { 'sub/deep/a': 'alpha' })
  const kit = await without(String(blocks[1]!.cid))
  const { missing, segments } = await kit.json<Explained>('explain', `${root}/sub/deep/a`)
  t.same(missing, [String(blocks[1]!.cid)])
  t.match(segments, [{ tier: null, length: null }])
  t.equal((await kit.run(['explain', `${root}/other`])).code, 1)
  t.match(await kit.json('explain', `${root}/other`), { code: 'PATH_NOT_FOUND' })
})

t.test(
  'a shard that is missing hides no other entries; what is repeated is listed once',
  async (t) => {
    const files: Record<string, string> = {}
    for (let i = 0; i < 6000; i++)
      files[`a rather long name, so that the folder is sharded ${i}`] = 'x'
    const { root, blocks, without } = await plant(t, files)
    const shards = blocks.filter(({ cid }) => cid.codec === 0x70)
    t.ok(shards.length > 10)
    const kit = await without(String(shards[5]!.cid))
    const { missing, segments } = await kit.json<Explained>('explain', root)
    t.same(missing, [String(shards[5]!.cid)])
    const entries = segments.filter(({ path }) => path.startsWith('a '))
    t.ok(entries.length > 5000 && entries.length < 6000, `${entries.length} of its entries`)
  }
)

t.test('an interrupted backend ends no table', async (t) => {
  const { root, blocks, without } = await plant(t, { a: 'alpha', b: 'beta', c: 'gamma' })
  const kit = await without(...blocks.slice(1).map(({ cid }) => String(cid)))
  const web = await httpServer(t, (_, response) => response.socket?.destroy())
  await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', web, '--timeout', '1s')
  const { code, stdout } = await kit.run(['explain', '--fetch', root])
  t.equal(code, 4)
  t.equal(stdout.toString().match(/ not here +- /g)?.length, 3)
})
