/** Files and folders that other programs wrote in their own way: as Kubo reads them, or an error. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileSource } from '../../src/core/byte-source.js'
import { Kind } from '../../src/formats/block-kind.js'
import { CarReader } from '../../src/formats/car-reader.js'
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_FILE, UNIXFS_METADATA } from '../../src/formats/unixfs.js'
import { carOf, folderBlock, leafBlock, type Block } from '../support/blocks.js'
import { Kit, runProgram } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { FIXTURES } from '../support/paths.js'
import { contentOf, openStore, pbCid, write } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

const META = 'bafybeig2her4kc2x6wt3uvblx2i4xrulmxa6q3jl7iv5vqf7t5szdv2kqu'
const PLAIN = 'bafybeieast75fvs4eib7jrmexnegcar5e7lknm4c25uuidy7mjugmjyr5u'
const SIZE0 = 'bafybeigjdtom3dshzvifa7mzp6vojlill577grxx3nlzupfbzitdx4npbi'
const PART0 = 'bafybeief6fvvmahbsk5yeowbid5qu5kvd25hzhgjvphwg437x3izwsto3a'
const fixture = (name: string): string => `${FIXTURES}content/${name}.car`

const nodeOf = (data: Uint8Array, links: readonly Block[], name = ''): Block => {
  const block = encodePb(
    links.map(({ cid, block }) => ({
      name: Buffer.from(name),
      cid: cid.bytes,
      tsize: block.length
    })),
    data
  )
  return { cid: pbCid(block), block }
}

const fileOf = (parts: readonly Block[], blockSizes: readonly number[]): Block =>
  nodeOf(encodeUnixFs({ type: UNIXFS_FILE, fileSize: blockSizes.reduce((a, b) => a + b, 0), blockSizes }), parts) // prettier-ignore

const metadataOf = (file: Block): Block =>
  nodeOf(encodeUnixFs({ type: UNIXFS_METADATA, blockSizes: [] }), [file])

t.test('in commands and in a mount', { ...skipWithoutMount, timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'odd')
  const kit = new Kit(join(folder, 'home'))
  const empty = leafBlock('')
  const emptyNode = nodeOf(encodeUnixFs({ type: UNIXFS_FILE, fileSize: 0, blockSizes: [] }), [])
  const [x, y] = [leafBlock('x'), leafBlock('y')]
  const honest = fileOf([empty, x, emptyNode, y, empty], [0, 1, 0, 1, 0])
  const lying = fileOf([x, y], [0, 0])
  const twice = metadataOf(metadataOf(honest))
  const around = metadataOf(folderBlock([{ name: 'x', cid: x.cid }]))
  const named = nodeOf(Buffer.from('no UnixFS'), [x], 'x')
  await kit.ok('car', 'import', ...['min-meta', 'min-plain', 'min-size0', 'min-part0'].map(fixture))
  const inner = metadataOf(honest)
  for (const blocks of [[honest, empty, x, emptyNode, y], [lying], [inner], [twice], [named]])
    await kit.ok('car', 'import', carOf(folder, blocks))
  await kit.ok('car', 'import', carOf(folder, [around, folderBlock([{ name: 'x', cid: x.cid }])]))
  const mount = await mounted(t, kit, folder)
  const at = (...names: string[]): string => join(mount, 'ipfs', ...names)
  const shown = async (path: string): Promise<string> => {
    const { code, stdout } = await runProgram('cat', [at(path)])
    const command = await kit.run(['cat', path])
    t.equal(command.code === 0, code === 0, `${path}: the mount and the command agree`)
    return code === 0 && command.stdout.equals(stdout) ? stdout.toString() : 'an error'
  }
  t.equal(await shown(META), 'text', 'the file that metadata is about')
  t.equal(await sh('stat -c %s "$1"', at(META)), '4\n')
  t.equal(await shown(String(twice.cid)), 'xy', 'metadata around metadata')
  t.match(await kit.json('explain', String(twice.cid)), { segments: [{}, {}] })
  t.not(await shown(String(around.cid)), 'an error', 'metadata that is about no file is a block')

  t.equal(await shown(`${PLAIN}/a`), 'x', 'links lead on without UnixFS')
  t.equal(await sh('ls "$1"', at(PLAIN)), 'a\n')
  t.match(await kit.ok('ls', PLAIN), /a/)
  t.equal(await shown(`${String(named.cid)}/x`), 'x')
  await kit.ok('get', PLAIN, '-o', join(folder, 'out'))
  t.equal(await sh('cat "$1/a"', join(folder, 'out')), 'x')

  t.equal(await shown(String(honest.cid)), 'xy', 'parts that are empty are')
  // threats 15
  for (const cid of [SIZE0, PART0, String(lying.cid)])
    t.equal(await shown(cid), 'an error', `${cid} is never a part of its bytes`)
})

t.test('fetched from a backend', async (t) => {
  const folder = tempFolder(t, 'odd')
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  const leaves = ['a', 'b', 'c'].map((letter) => leafBlock(letter.repeat(100_000)))
  const file = fileOf(leaves, [100_000, 100_000, 100_000])
  const root = metadataOf(file)
  await sh('cp "$1" "$2"', carOf(folder, [root, file, ...leaves]), join(disk, 'all.car'))
  const kit = new Kit(join(folder, 'home'))
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', disk)
  t.equal((await kit.bytes('cat', '--offset', '150000', String(root.cid))).length, 150_000)
  await kit.ok('pin', 'add', String(root.cid))
  t.match(await kit.json('fsck', '--read-data'), { blocks: 5, bad: [], missing: [] })
})

function blocksOf(name: string): Block[] {
  const fd = openSync(fixture(name), 'r')
  try {
    const sections = new CarReader(fileSource(fd)).sections()
    return Array.from(sections, ({ cid, block }) => ({ cid, block: Uint8Array.from(block) }))
  } finally {
    closeSync(fd)
  }
}

t.test('a store that an older version described is looked at anew', async (t) => {
  const { store } = openStore(t)
  const blocks = ['min-meta', 'min-plain', 'min-size0'].flatMap(blocksOf)
  await write(store, (session) => {
    for (const { cid, block } of blocks)
      session.put(cid, block, { kind: String(cid) === SIZE0 ? Kind.FILE : Kind.OPAQUE, size: 0 })
  })
  const content = contentOf(store.reader)
  const stat = (text: string) => content.stat(blocks.find(({ cid }) => String(cid) === text)!.cid)
  t.match(stat(META), { type: 'file', size: 4 })
  t.equal(stat(PLAIN).type, 'directory')
  t.throws(() => stat(SIZE0), { code: 'CORRUPT_FORMAT' })
})
