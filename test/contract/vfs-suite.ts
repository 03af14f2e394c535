/**
 * What vfs/README.md says of names, reading and attributes, sentence by sentence. It runs three
 * times: on the VFS itself, through the raw driver and through fuse-native.
 */
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Test } from 'tap'
import { base16upper } from 'multiformats/bases/base16'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_FILE, UNIXFS_SYMLINK } from '../../src/formats/unixfs.js'
import { Cid, DAG_CBOR } from '../../src/core/cid.js'
import { sha256 } from '../../src/core/hash.js'
import { folderBlock, importBlocks, leafBlock, type Block } from '../support/blocks.js'
import { Kit } from '../support/cli.js'
import { sh } from '../support/mount.js'
import { FIXTURES } from '../support/paths.js'
import { pbCid, rawCid } from '../support/stores.js'
import { likeACopy } from '../model/like-a-copy.js'
import { tempFolder } from '../support/temp.js'
import { describeTree, errnoOf, type Name, type Seen, type View } from '../support/view.js'

/** What a way to the file system can say. The suite tests that the rest is as declared. */
export interface Limits {
  readonly names: 'bytes' | 'utf8'
  readonly inodeBits: 63 | 32
  readonly times: 'ns' | 'ms'
  readonly beforeEpoch: boolean
}

export const NO_LIMITS: Limits = { names: 'bytes', inodeBits: 63, times: 'ns', beforeEpoch: true }

/** One way to see a home as a file system. */
export interface Subject {
  readonly kit: Kit
  readonly limits: Limits
  /** How it is seen now. */
  view(): View
  /** Stop showing it, and show it again. */
  remount(): Promise<void>
  /** Show another home, in the same way. */
  another(kit: Kit): Promise<View>
}

interface Planted {
  readonly folder: string
  readonly source: string
  readonly root: string
  readonly big: Buffer
}

/** A home with a small tree in it. */
export async function plant(kit: Kit, folder: string): Promise<Planted> {
  const source = join(folder, 'source')
  mkdirSync(join(source, 'sub'), { recursive: true })
  const big = Buffer.alloc(5 * 1024 * 1024 + 123)
  for (let i = 0; i + 4 <= big.length; i += 4) big.writeUInt32LE((i * 2654435761) >>> 0, i)
  writeFileSync(join(source, 'big.bin'), big)
  writeFileSync(join(source, 'sub', 'small.txt'), 'small\n')
  writeFileSync(join(source, 'empty'), '')
  symlinkSync('sub/small.txt', join(source, 'link'))
  return { folder, source, root: await kit.add(source), big }
}

export async function vfsSuite(t: Test, subject: Subject): Promise<void> {
  const { kit, limits } = subject
  const folder = tempFolder(t, 'vfs')
  const { source, root, big } = await plant(kit, folder)
  const at = (...names: Name[]): Name[] => ['ipfs', ...names]
  const names = (...path: Name[]): string[] =>
    subject.view().names(...path).map(String) // prettier-ignore
  const stat = (...path: Name[]): Seen => subject.view().stat(...at(...path))
  const text = (...path: Name[]): string => subject.view().read(at(...path)).toString() // prettier-ignore
  const statErrno = (...path: Name[]): string => errnoOf(() => stat(...path))
  const readErrno = (...path: Name[]): string => errnoOf(() => subject.view().read(at(...path)))

  await t.test(
    'The root holds a folder for each tree: `ipfs`, `ipns`, `datasets`, `queries`, `metadata`.',
    async (t) => {
      t.same(names().sort(), ['datasets', 'ipfs', 'ipns', 'metadata', 'queries'])
      t.same(names('ipns'), [])
      t.same(names('ipfs'), [root])
    }
  )

  await t.test(
    'Any CID that is stored can be entered below `ipfs`, in any multibase, whether it is pinned or not.',
    async (t) => {
      const file = await kit.add('--no-pin', join(source, 'sub', 'small.txt'))
      t.notOk(names('ipfs').includes(file))
      const cid = CID.parse(file)
      for (const name of [
        file,
        cid.toString(base16upper),
        cid.toString(base36),
        cid.toString(base58btc)
      ])
        t.equal(text(name), 'small\n', name)
      t.equal(stat(file).type, 'file')
    }
  )

  await t.test(
    'A named pin is a symlink to its root below `ipfs/.names`, which `ipfs` does not list.',
    async (t) => {
      const shown = (): string[] => names('ipfs', '.names').sort()
      const target = (name: string): string => subject.view().readlink(...at('.names', name)).toString() // prettier-ignore
      t.same(shown(), ['source'], 'add names pins after what it adds')
      t.notOk(names('ipfs').includes('.names'))
      t.equal(stat('.names').type, 'directory')
      t.equal(stat('.names', 'source').type, 'symlink')
      t.equal(target('source'), `../${root}`)
      t.equal(statErrno('.names', 'other'), 'ENOENT')
      t.equal(statErrno('.names', root), 'ENOENT', 'a CID is no name there')
      const one = await kit.add('--no-pin', join(source, 'empty'))
      const two = await kit.add('--no-pin', join(source, 'sub', 'small.txt'))
      const odd = ['a/b', '100%', '%2F', '..', 'tab\there', 'naïve ☃', root]
      const files = ['a%2Fb', '100%', '%252F', '%2E%2E', 'tab%09here', 'naïve ☃', root]
      for (const [i, name] of odd.entries()) {
        await kit.ok('pin', 'add', one, '--name', name)
        t.equal(target(files[i]!), `../${one}`, name)
        t.same(shown(), [files[i]!, 'source'].sort(), 'a name that is taken away is not listed')
      }
      t.equal(stat(root).type, 'directory', 'a name that is a CID hides none')
      await kit.ok('pin', 'add', one, '--name', 'twice')
      await kit.ok('pin', 'add', two, '--name', 'twice')
      t.equal(target('twice'), `../${two}`, 'the newest counts')
      await kit.ok('pin', 'add', two, '--name', 'x'.repeat(300))
      t.same(shown(), ['source', 'twice'])
      await kit.ok('pin', 'rm', one, two)
      t.same(shown(), ['source'])
    }
  )

  await t.test(
    'A name below `ipfs` that is no CID, or whose block nobody has, does not exist (ENOENT).',
    async (t) => {
      t.equal(statErrno('favicon.ico'), 'ENOENT')
      const content = `not yet there ${Date.now()}`
      const absent = String(rawCid(Buffer.from(content)))
      t.equal(statErrno(absent), 'ENOENT')
      writeFileSync(join(folder, 'late'), content)
      t.equal(await kit.add(join(folder, 'late')), absent)
      t.equal(text(absent), content, 'seen at once')
      const long = Cid.v1(0x55, 0, Buffer.alloc(129))
      t.equal(
        statErrno(String(long)),
        'ENOENT',
        'threats 12: nor does an identity CID of 129 bytes'
      )
      t.equal(
        statErrno(String(Cid.v1(0x55, 0xd5, sha256(Buffer.from('x'))))),
        'ENOTSUP',
        'threats 13: a hash nobody here can compute is another matter'
      )
    }
  )

  await t.test(
    'Names are bytes: newlines, percent signs, right-to-left marks and bytes that are not UTF-8 come back as they went in.',
    async (t) => {
      const odd = join(folder, 'odd')
      mkdirSync(odd)
      const oddNames = [
        'new\nline',
        '100%20',
        'a\u202eb',
        'ümlaut 日本',
        ' space ',
        '-dash',
        'x'.repeat(255),
        '\\',
        '\x1b[31m'
      ].map((name) => Buffer.from(name))
      const raw = Buffer.from([0x66, 0xff, 0xfe])
      for (const name of [...oddNames, raw])
        writeFileSync(Buffer.concat([Buffer.from(`${odd}/`), name]), name)
      const cid = await kit.add(odd)
      const shown = limits.names === 'bytes' ? [...oddNames, raw] : oddNames
      const hex = (list: readonly Buffer[]): string[] =>
        list.map((name) => name.toString('hex')).sort()
      // threats 24 and 25
      t.same(hex(subject.view().names(...at(cid))), hex(shown))
      for (const name of shown) t.ok(subject.view().read(at(cid, name)).equals(name))
      if (limits.names === 'utf8') t.equal(statErrno(cid, raw), 'ENOENT', 'as declared')
    }
  )

  await t.test(
    'Names that no file can have are hidden: empty, `.`, `..`, with a slash or a NUL, over 255 bytes.',
    async (t) => {
      const one = leafBlock('first')
      const two = leafBlock('second')
      const given = ['', '.', '..', 'a/b', 'nul\0x', 'y'.repeat(256), 'good', 'good']
      const dir = folderBlock(given.map((name, i) => ({ name, cid: i === 7 ? two.cid : one.cid })))
      const cid = await importBlocks(kit, folder, [dir, one, two])
      t.same(names(...at(cid)), ['good'])
      // threats 23
      t.equal(text(cid, 'good'), 'first')
      // threats 22
      t.equal(statErrno(cid, 'y'.repeat(256)), 'ENAMETOOLONG')
      const { stderr } = await kit.run(['ls', cid])
      t.match(stderr, /6 entries whose names no file can have/)
      t.match(stderr, /1 names twice/)
    }
  )

  await t.test(
    "A block that is not UnixFS is a regular file holding the block's bytes.",
    async (t) => {
      await kit.ok(
        'car',
        'import',
        `${FIXTURES}gateway-conformance/path_gateway_dag__dag-cbor-traversal.car`
      )
      const cid = 'bafyreibs4utpgbn7uqegmd2goqz4bkyflre2ek2iwv743fhvylwi4zeeim'
      t.equal(stat(cid).type, 'file')
      t.equal(Cid.parse(cid).codec, DAG_CBOR)
      t.equal(
        Buffer.from(sha256(subject.view().read(at(cid)))).toString('hex'),
        Buffer.from(Cid.parse(cid).digest).toString('hex')
      )
    }
  )

  await t.test(
    'A dag-pb node without UnixFS whose links have names is a folder of them; one with metadata shows the file that it is about.',
    async (t) => {
      for (const name of ['min-plain', 'min-meta', 'min-size0'])
        await kit.ok('car', 'import', `${FIXTURES}content/${name}.car`)
      const plain = 'bafybeieast75fvs4eib7jrmexnegcar5e7lknm4c25uuidy7mjugmjyr5u'
      t.same(names(...at(plain)), ['a'])
      t.equal(text(plain, 'a'), 'x')
      const metadata = 'bafybeig2her4kc2x6wt3uvblx2i4xrulmxa6q3jl7iv5vqf7t5szdv2kqu'
      t.match(stat(metadata), { type: 'file', size: 4 })
      t.equal(text(metadata), 'text')
      const noBytes = 'bafybeigjdtom3dshzvifa7mzp6vojlill577grxx3nlzupfbzitdx4npbi'
      t.equal(statErrno(noBytes), 'EIO', 'threats 15: nobody would read what claims to be empty')
    }
  )

  await t.test(
    'Every byte read is the byte that was added, at any offset, in any size of request.',
    async (t) => {
      t.ok(subject.view().read(at(root, 'big.bin')).equals(big))
      fc.assert(
        fc.property(fc.nat(big.length + 10), fc.nat(200_000), (position, length) =>
          subject
            .view()
            .read(at(root, 'big.bin'), position, length)
            .equals(big.subarray(position, position + length))
        ),
        { numRuns: 100 }
      )
      t.equal(text(root, 'empty'), '')
    }
  )

  await t.test('Reading at or behind the end gives zero bytes.', async (t) => {
    for (const position of [6, 7, 10_000, 2 ** 40])
      t.equal(subject.view().read(at(root, 'sub', 'small.txt'), position, 10).length, 0)
  })

  await t.test(
    'Whatever is done to it in whatever order, it answers as a copy of the same tree on a disk does.',
    (t) => likeACopy(t, subject, folder)
  )

  await t.test(
    'When a block below a listed name is missing, the name is listed and using it is an error (EIO), never ENOENT.',
    async (t) => {
      const here = leafBlock('0123456789')
      const absent = leafBlock('absent!!!!')
      const absentNode = folderBlock([{ name: 'z', cid: absent.cid }])
      const file = encodePb(
        [here, absent].map(({ cid, block }) => ({
          name: Buffer.alloc(0),
          cid: cid.bytes,
          tsize: block.length
        })),
        encodeUnixFs({ type: UNIXFS_FILE, fileSize: 20, blockSizes: [10, 10] })
      )
      const holed = { cid: pbCid(file), block: file }
      const dir = folderBlock([
        { name: 'gone', cid: absent.cid },
        { name: 'here', cid: here.cid },
        { name: 'holed', cid: holed.cid },
        { name: 'node', cid: absentNode.cid }
      ])
      const cid = await importBlocks(kit, folder, [dir, here, holed])
      t.same(names(...at(cid)).sort(), ['gone', 'here', 'holed', 'node'])
      // threats 11
      t.equal(readErrno(cid, 'gone'), 'EIO')
      t.equal(statErrno(cid, 'node'), 'EIO')
      t.equal(text(cid, 'here'), '0123456789')
      t.equal(stat(cid, 'holed').size, 20)
      t.equal((await kit.bytes('cat', '--length', '10', `${cid}/holed`)).toString(), '0123456789')
      t.equal(readErrno(cid, 'holed'), 'EIO')
    }
  )

  await t.test(
    "A file whose node's sizes do not add up is an error on read (EIO), never a short or padded file.",
    async (t) => {
      const leaf = leafBlock('0123456789')
      const node = (fileSize: number, size: number): Block => {
        const block = encodePb(
          [{ name: Buffer.alloc(0), cid: leaf.cid.bytes, tsize: 10 }],
          encodeUnixFs({ type: UNIXFS_FILE, fileSize, blockSizes: [size] })
        )
        return { cid: pbCid(block), block }
      }
      for (const bad of [node(12, 10), node(8, 8), node(30, 30)])
        // threats 15
        t.equal(readErrno(await importBlocks(kit, folder, [bad, leaf])), 'EIO')
      for (const tsize of [1, 5, 1_000_000]) {
        const dir = folderBlock([{ name: 'f', cid: leaf.cid, tsize }])
        const cid = await importBlocks(kit, folder, [dir, leaf])
        t.equal(text(cid, 'f'), '0123456789', `threats 19: Tsize ${tsize}`)
      }
    }
  )

  await t.test(
    "A symlink tells its text and is followed by nobody but the reader's own kernel.",
    async (t) => {
      const link = (...path: Name[]): string => subject.view().readlink(...at(...path)).toString() // prettier-ignore
      t.equal(link(root, 'link'), 'sub/small.txt')
      symlinkSync('/etc/passwd', join(folder, 'evil'))
      const cid = await kit.add(join(folder, 'evil'))
      t.equal(link(cid), '/etc/passwd', 'threats 27')
      t.match(stat(cid), { type: 'symlink', size: 11 })
      t.equal((await kit.bytes('cat', cid)).toString(), '/etc/passwd')
      const target = encodePb(
        [],
        encodeUnixFs({ type: UNIXFS_SYMLINK, data: Buffer.alloc(5000, 'x'), blockSizes: [] })
      )
      const long = await importBlocks(kit, folder, [{ cid: pbCid(target), block: target }])
      t.equal(
        errnoOf(() => link(long)),
        'ENAMETOOLONG',
        'longer than the kernel takes, and the mount lives on'
      )
    }
  )

  await t.test('A listing opens no block of its children.', async (t) => {
    const present = leafBlock('present')
    const entries = Array.from({ length: 500 }, (_, i) => ({
      name: `missing ${i}`,
      cid: leafBlock(`missing ${i}`).cid
    }))
    const dir = folderBlock([...entries, { name: 'present', cid: present.cid }])
    const cid = await importBlocks(kit, folder, [dir, present])
    t.equal(names(...at(cid)).length, 501, 'though none of 500 can be opened')
    const md5 = Cid.v1(0x55, 0xd5, Buffer.alloc(16, 7))
    const mixed = folderBlock([
      { name: 'a', cid: present.cid },
      { name: 'b', cid: md5 },
      { name: 'c', cid: present.cid }
    ])
    const odd = await importBlocks(kit, folder, [mixed, present])
    t.same(
      names(...at(odd)),
      ['a', 'b', 'c'],
      'threats 13: one that cannot even be hashed hides no other'
    )
  })

  await t.test(
    'A sharded directory (HAMT) is a folder like any other, whether its table is there or has to be made.',
    async (t) => {
      const many = join(folder, 'many')
      mkdirSync(many)
      const given = Array.from({ length: 6000 }, (_, i) => `an entry of the directory, ${i}`)
      for (const [i, name] of given.entries()) writeFileSync(join(many, name), `${i % 50}`)
      const cid = await kit.add(many)
      const car = join(folder, 'many.car')
      await kit.ok('car', 'export', cid, '-o', car)
      const fresh = new Kit(join(folder, 'fresh-home'))
      await fresh.ok('car', 'import', car)
      for (const view of [subject.view(), await subject.another(fresh)]) {
        t.equal(
          errnoOf(() => view.stat(...at(cid, 'nobody'))),
          'ENOENT'
        )
        t.equal(view.read(at(cid, given[5999]!)).toString(), '49')
        const listed = view.names(...at(cid)).map(String)
        t.same(listed.toSorted(), given.toSorted())
        t.same(view.names(...at(cid)).map(String), listed, 'in the same order')
      }
    }
  )

  await t.test(
    'Modes are 0444 for files and 0555 for folders unless the DAG has one, and setuid, setgid and sticky bits are never shown.',
    async (t) => {
      const mode = (...path: string[]): string => stat(...path).mode.toString(8)
      t.equal(mode(root, 'big.bin'), '444')
      t.equal(mode(root, 'sub'), '555')
      t.equal(mode(root, 'link'), '777')
      const leaf = encodePb(
        [],
        encodeUnixFs({
          type: UNIXFS_FILE,
          data: Buffer.from('x'),
          fileSize: 1,
          blockSizes: [],
          mode: 0o6751
        })
      )
      const cid = await importBlocks(kit, folder, [{ cid: pbCid(leaf), block: leaf }])
      t.equal(mode(cid), '751', 'threats 26')
    }
  )

  await t.test(
    "Modification times are the DAG's where it has them; else, and for every change time, a second between 2000 and 2020 that the CID decides.",
    async (t) => {
      const cut = (ns: bigint): bigint => (limits.times === 'ns' ? ns : ns - (ns % 1_000_000n))
      const second = 1_000_000_000n
      const one = stat(root, 'big.bin')
      const isDerived = (ns: bigint): boolean =>
        ns >= 946_684_800n * second && ns < 1_577_836_800n * second
      t.ok(isDerived(one.mtimeNs))
      t.equal(one.mtimeNs, one.ctimeNs)
      const other = stat(root, 'sub', 'small.txt')
      t.not(one.mtimeNs / second, other.mtimeNs / second, 'whole seconds differ')
      t.not(one.mtimeNs % second, other.mtimeNs % second)
      t.equal(cut(one.mtimeNs), one.mtimeNs, 'as declared')
      utimesSync(join(source, 'empty'), 1234567890.5, 1234567890.5)
      const kept = await kit.add('--preserve-mtime', join(source, 'empty'))
      t.equal(stat(kept).mtimeNs, 1_234_567_890_500_000_000n)
      t.ok(isDerived(stat(kept).ctimeNs))
      await sh('touch -d @-86400 "$1"', join(source, 'empty'))
      const old = await kit.add('--preserve-mtime', join(source, 'empty'))
      t.equal(stat(old).mtimeNs, limits.beforeEpoch ? -86_400n * second : 0n, 'before 1970')
    }
  )

  await t.test(
    'Each path is a file of its own: equal content at two places has two inodes, two numbers, two locks.',
    async (t) => {
      const equal = join(folder, 'equal')
      for (const name of ['a', 'b']) {
        mkdirSync(join(equal, name), { recursive: true })
        writeFileSync(join(equal, name, 'f'), 'the same\n')
        symlinkSync('f', join(equal, name, 'l'))
      }
      writeFileSync(join(equal, 'f'), 'the same\n')
      const cid = await kit.add(equal)
      const paths = [['f'], ['a'], ['b'], ['a', 'f'], ['b', 'f'], ['a', 'l'], ['b', 'l']]
      const numbers = new Set(paths.map((path) => stat(cid, ...path).number))
      // threats 69
      t.equal(numbers.size, paths.length)
      t.equal(text(cid, 'a', 'f'), text(cid, 'b', 'f'))
    }
  )

  await t.test(
    'A file that did not change keeps its number and times in another version of its tree.',
    async (t) => {
      const tree = join(folder, 'versions')
      mkdirSync(join(tree, 'd'), { recursive: true })
      writeFileSync(join(tree, 'd', 'same'), 'unchanged')
      writeFileSync(join(tree, 'd', 'other'), 'v=1')
      const one = await kit.add(tree)
      writeFileSync(join(tree, 'd', 'other'), 'v=2')
      const two = await kit.add(tree)
      t.not(one, two)
      t.same(stat(one, 'd', 'same'), stat(two, 'd', 'same'))
      // threats 70
      t.not(stat(one, 'd', 'other').number, stat(two, 'd', 'other').number)
      t.not(stat(one, 'd').number, stat(two, 'd').number, 'unlike its folder')
    }
  )

  await t.test(
    'Extended attributes answer by name and none is listed: `ipfs.cid` is the CID of any path.',
    async (t) => {
      const { entries } = await kit.json<{ entries: { name: string; cid: string }[] }>('ls', root)
      const sub = entries.find(({ name }) => name === 'sub')
      const attribute = (name: string): string | number =>
        subject.view().attribute(name, ...at(root, 'sub'))
      t.equal(attribute('ipfs.cid'), sub!.cid)
      t.equal(attribute('user.ipfs_kit.tier'), 'local')
      t.equal(attribute('user.ipfs_kit.backend'), 'local')
      const verifiedAt = Date.parse(String(attribute('user.ipfs_kit.verified')))
      t.ok(Math.abs(Date.now() - verifiedAt) < 3_600_000, 'hashed when it was added')
      t.equal(attribute('user.other'), 61)
    }
  )

  await t.test(
    'What was added, pinned or imported beside the mount is there when the command returns.',
    async (t) => {
      for (let i = 0; i < 5; i++) {
        writeFileSync(join(folder, 'live'), `live ${i}`)
        const cid = await kit.add(join(folder, 'live'))
        t.ok(names('ipfs').includes(cid))
        t.equal(text(cid), `live ${i}`)
        await kit.ok('pin', 'rm', cid)
        t.notOk(names('ipfs').includes(cid))
      }
      await kit.ok('car', 'import', `${FIXTURES}go-car/simple-unixfs.car`)
      t.ok(names(...at('QmPLPpnptHc1DMhJAWNYMTqBTqqRQNy5WsY7F9pZgsBfMT')).length > 0)
      const many = await Promise.all(
        Array.from({ length: 6 }, async (_, i) => {
          writeFileSync(join(folder, `many${i}`), `many ${i}`)
          return await kit.add(join(folder, `many${i}`))
        })
      )
      for (const [i, cid] of many.entries()) t.equal(text(cid), `many ${i}`)
    }
  )

  await t.test(
    'Inode numbers, times, modes, sizes and the order of listings are the same after a remount and from another home.',
    async (t) => {
      const before = describeTree(subject.view(), at(root))
      const bits = stat(root, 'big.bin').number.toString(2).length
      t.ok(limits.inodeBits === 32 ? bits <= 32 : bits > 32, `${bits} bits, as declared`)
      await subject.remount()
      t.equal(describeTree(subject.view(), at(root)), before)
      const other = new Kit(join(folder, 'other-home'))
      await kit.ok('car', 'export', root, '-o', join(folder, 'root.car'))
      await other.ok('car', 'import', join(folder, 'root.car'))
      t.equal(describeTree(await subject.another(other), at(root)), before)
    }
  )
}
