/** Content under every hash function of Kubo is read, verified, kept and fetched. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Cid } from '../../src/core/cid.js'
import { carOf, folderBlock, leafBlock, type Block } from '../support/blocks.js'
import { Kit } from '../support/cli.js'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { tempFolder } from '../support/temp.js'
import { same, skipWithoutKuboMount, Stage } from '../support/stage.js'

/** Those that Kubo can compute (others it only names), and lengths of digests that are cut. */
const HASHES = [
  'sha1', 'sha2-256', 'sha2-512', 'sha3-224', 'sha3-256', 'sha3-384', 'sha3-512', 'shake-256',
  'keccak-256', 'keccak-512', 'blake3', 'dbl-sha2-256',
  'blake2b-160', 'blake2b-256', 'blake2b-512', 'blake2s-256',
  'sha2-256 20', 'sha2-512 32', 'sha3-512 21', 'keccak-512 20', 'blake3 64', 'blake2b-512 20'
] // prettier-ignore

t.test(
  'content under every hash function of Kubo',
  { ...skipWithoutKuboMount, timeout: 300_000 },
  async (t) => {
    const stage = await Stage.make(t)
    const { folder, kubo } = stage
    const contents = new Map<string, Block>()
    for (const hash of HASHES) {
      const [type = '', length = '-1'] = hash.split(' ')
      const block = Buffer.from(`content under ${hash}`)
      const path = stage.file('content', block)
      const cid = await kubo.ipfs('block', 'put', '--cid-codec', 'raw', '--mhtype', type, '--mhlen', length, path) // prettier-ignore
      contents.set(hash, { cid: Cid.parse(cid), block })
    }
    const root = folderBlock([...contents].map(([name, { cid }]) => ({ name, cid })))
    writeFileSync(join(folder, 'root'), root.block)
    await kubo.ipfs('block', 'put', '--cid-codec', 'dag-pb', join(folder, 'root'))

    await t.test('in archives, in the store, through gc and repair', async (t) => {
      const kit = new Kit(join(folder, 'other'))
      // One archive makes one pack: when most of it dies, gc moves the rest.
      const junk = leafBlock('x'.repeat(500_000))
      const both = carOf(folder, [junk, root, ...contents.values()])
      t.match(await kit.json('car', 'verify', both), { blocks: HASHES.length + 2, missing: [] })
      await kit.ok('car', 'import', both)
      await kit.ok('pin', 'add', String(root.cid))
      await kit.ok('pin', 'rm', String(junk.cid))
      t.match(await kit.json('gc'), { removed_blocks: 1 })
      t.match(await kit.json('fsck', '--read-data'), { bad: [] })
      for (const [hash, { cid, block }] of contents)
        t.ok((await kit.bytes('cat', String(cid))).equals(block), hash)
      const out = join(folder, 'out.car')
      await kit.ok('car', 'export', String(root.cid), '-o', out)
      t.match(await kit.json('car', 'verify', out), { blocks: HASHES.length + 1, missing: [] })
      await kubo.ipfs('dag', 'import', out)
    })

    await t.test('fetched from a backend, through the mount', async (t) => {
      const mount = await stage.mount(t)
      for (const [hash, { cid, block }] of contents) {
        t.ok(await same(join(mount, 'ipfs', String(root.cid), hash), block), `${hash} in a folder`)
        t.ok(await same(join(mount, 'ipfs', String(cid)), block), `${hash} by itself`)
      }
    })

    await t.test('files of several blocks', async (t) => {
      const big = Buffer.alloc(700_000, 'a big file ')
      const path = stage.file('big', big)
      for (const hash of ['keccak-256', 'sha3-256', 'blake2s-256', 'sha1']) {
        const cid = await stage.add(path, '--cid-version=1', `--hash=${hash}`)
        t.ok((await stage.kit.bytes('cat', cid)).equals(big), hash)
      }
      t.match(await stage.report(), { cache: { corrupt: 0 } })
    })
  }
)

t.test(
  'the same bytes under two hash functions outlive a lost index',
  { ...skipWithoutKubo, timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'hashes')
    const kubo = await Kubo.init(folder)
    const kit = new Kit(join(folder, 'home'))
    const bytes = Buffer.alloc(900_000, 'the same bytes ')
    const path = join(folder, 'file')
    writeFileSync(path, bytes)
    const cids = [
      await kit.add(path),
      await kit.ok('add', '-Q', '--profile', 'unixfs-v0-2015', path)
    ]
    for (const hash of ['sha1', 'keccak-256']) {
      const cid = await kubo.ipfs('add', '-Q', '--cid-version=1', `--hash=${hash}`, path)
      const car = join(folder, `${hash}.car`)
      writeFileSync(car, await kubo.bytes('dag', 'export', '--progress=false', cid))
      await kit.ok('car', 'import', car)
      cids.push(cid)
    }
    rmSync(join(folder, 'home', 'blocks', 'index'), { recursive: true })
    t.match(await kit.json('fsck', '--repair'), { missing: [] })
    for (const cid of cids) t.ok((await kit.bytes('cat', cid)).equals(bytes), cid)
  }
)
