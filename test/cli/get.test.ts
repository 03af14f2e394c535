/** `get`, where what it makes is odd, or somebody else is at work beside it. */
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_DIRECTORY, UNIXFS_FILE, UNIXFS_SYMLINK } from '../../src/formats/unixfs.js' // prettier-ignore
import { httpServer } from '../servers/http.js'
import { importBlocks, leafBlock, type Block } from '../support/blocks.js'
import { Kit } from '../support/cli.js'
import { pbCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

type UnixFs = Parameters<typeof encodeUnixFs>[0]

const nodeOf = (data: UnixFs, entries: Readonly<Record<string, Block>> = {}): Block => {
  const links = Object.entries(entries).map(([name, { cid }]) => ({ name: Buffer.from(name), cid: cid.bytes, tsize: 1 })) // prettier-ignore
  const block = encodePb(links, encodeUnixFs(data))
  return { cid: pbCid(block), block }
}

const folderOf = (mode: number, entries: Readonly<Record<string, Block>>): Block =>
  nodeOf({ type: UNIXFS_DIRECTORY, mode, blockSizes: [] }, entries)

const NOBODY = { uid: 65534, gid: 65534 }
const isRoot = process.getuid?.() === 0

t.test(
  'threats 67: what fails half-way in a read-only folder leaves nothing, and tells why',
  { skip: isRoot ? false : 'needs root' },
  async (t) => {
    const folder = tempFolder(t, 'get')
    chmodSync(folder, 0o755)
    const own = join(folder, 'own')
    mkdirSync(own)
    chownSync(own, NOBODY.uid, NOBODY.gid)
    const kit = new Kit(join(own, 'home'), { asUser: NOBODY, env: { HOME: own }, cwd: own })
    const leaf = leafBlock('a file')
    const evil = nodeOf({ type: UNIXFS_SYMLINK, data: Buffer.from('a\0b'), blockSizes: [] })
    for (const mode of [0o555, 0o500, 0o400, 0]) {
      const inner = folderOf(mode, { a: leaf, b: leaf })
      const root = folderOf(mode, { first: inner, last: evil })
      await importBlocks(kit, own, [root, inner, leaf, evil])
      const { code, stderr } = await kit.run(['get', String(root.cid), '-o', join(own, 'out')])
      t.equal(code, 1)
      t.match(stderr, /^ipfs-kit get: \S+ is a symlink whose text no file system takes\n$/)
      t.same(
        readdirSync(own).filter((name) => !name.endsWith('.car')),
        ['home']
      )
      const good = folderOf(mode, { inner })
      await importBlocks(kit, own, [good, inner, leaf])
      const out = join(own, `good-${mode.toString(8)}`)
      await kit.ok('get', String(good.cid), '-o', out)
      t.equal(lstatSync(out).mode & 0o7777, mode)
      t.equal(lstatSync(join(out, 'inner')).mode & 0o7777, mode)
      t.equal(readFileSync(join(out, 'inner', 'a'), 'utf8'), 'a file')
      chmodSync(out, 0o700)
      chmodSync(join(out, 'inner'), 0o700)
      await kit.run(['gc'])
      rmSync(out, { recursive: true })
    }
  }
)

/** A gateway that runs `meanwhile` before it gives the last block. */
async function slowStage(t: Test, blocks: readonly Block[], meanwhile: (folder: string) => void) {
  const folder = tempFolder(t, 'get')
  const kit = new Kit(join(folder, 'home'), { cwd: folder })
  const url = await httpServer(t, ({ url = '' }, answer) => {
    const cid = /^\/ipfs\/([^?]+)\?format=raw$/.exec(url)?.[1]
    const found = blocks.find((one) => String(one.cid) === cid)
    if (found === undefined) return void answer.writeHead(404).end()
    if (found === blocks.at(-1)) meanwhile(folder)
    answer.writeHead(200, { 'content-type': 'application/vnd.ipld.raw' }).end(found.block)
  })
  await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', url)
  return { kit, folder }
}

const large = (byte: string): Block => leafBlock(byte.repeat(300_000))
const [first, last] = [large('a'), large('b')]
const twoParts = ((): Block => {
  const parts = [first, last].map(({ cid }) => ({ name: Buffer.alloc(0), cid: cid.bytes, tsize: 1 })) // prettier-ignore
  const block = encodePb(parts, encodeUnixFs({ type: UNIXFS_FILE, fileSize: 600_000, blockSizes: [300_000, 300_000], mode: 0o604 })) // prettier-ignore
  return { cid: pbCid(block), block }
})()
const tree = folderOf(0o705, { a: first, inner: folderOf(0o707, { b: last }) })

const SHAPES: Readonly<Record<string, readonly Block[]>> = {
  'a file': [twoParts, first, last],
  'a folder': [tree, folderOf(0o707, { b: last }), first, last]
}

for (const [what, blocks] of Object.entries(SHAPES)) {
  const root = String(blocks[0]!.cid)

  t.test(`threats 67: ${what} is private until it is complete`, async (t) => {
    let modes: number[] = []
    const { kit, folder } = await slowStage(t, blocks, (folder) => {
      modes = readdirSync(folder)
        .filter((name) => name.endsWith('.tmp'))
        .map((name) => lstatSync(join(folder, name)).mode & 0o7777)
    })
    await kit.ok('get', root, '-o', 'out')
    t.same(modes, [what === 'a file' ? 0o600 : 0o700])
    t.equal(lstatSync(join(folder, 'out')).mode & 0o7777, what === 'a file' ? 0o604 : 0o705)
    if (what === 'a folder') t.equal(lstatSync(join(folder, 'out', 'inner')).mode & 0o7777, 0o707)
  })

  for (const [other, make] of Object.entries({
    'a file': (path: string) => writeFileSync(path, 'theirs'),
    'an empty folder': (path: string) => mkdirSync(path),
    'a link to nowhere': (path: string) => symlinkSync('nowhere', path)
  }))
    t.test(`threats 67: ${what} does not replace ${other} that came meanwhile`, async (t) => {
      let came: bigint | undefined
      const { kit, folder } = await slowStage(t, blocks, (folder) => {
        const out = join(folder, 'out')
        if (!existsSync(out)) make(out)
        came = lstatSync(out, { bigint: true }).ino
      })
      const { code, stderr } = await kit.run(['get', root, '-o', 'out'])
      t.equal(code, 1)
      t.match(stderr, /out exists already; choose another name with -o/)
      t.equal(lstatSync(join(folder, 'out'), { bigint: true }).ino, came)
      t.notOk(readdirSync(folder).some((name) => name.endsWith('.tmp')))
    })
}
