/** vfs/README.md, sentence by sentence, on a real mount. */
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import * as fs from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import fc from 'fast-check'
import { base16upper } from 'multiformats/bases/base16'
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import { encodePb } from '../../src/content/dag-pb.js'
import { encodeUnixFs, UNIXFS_FILE, UNIXFS_SYMLINK } from '../../src/content/unixfs.js'
import { Cid, DAG_CBOR } from '../../src/core/cid.js'
import { sha256 } from '../../src/core/hash.js'
import { folderBlock, importBlocks, leafBlock, type Block } from '../support/blocks.js'
import { Kit } from '../support/cli.js'
import { isMounted, mounted, sh, skipWithoutMount } from '../support/mount.js'
import { FIXTURES } from '../support/paths.js'
import { pbCid, rawCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

const errno = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (error) {
    return String((error as { code?: string }).code)
  }
}

interface Status {
  readonly mounts: readonly { path: string; home: string; pids: number[] }[]
}

/** Mounts of this home: `status` tells those of other tests too. */
const mountsOf = async (kit: Kit): Promise<Status['mounts']> =>
  (await kit.json<Status>('status')).mounts.filter(({ home }) => home === kit.home)

t.test('semantics', skipWithoutMount, async (t) => {
  const folder = tempFolder(t, 'semantics')
  const kit = new Kit(join(folder, 'home'))
  const source = join(folder, 'source')
  mkdirSync(join(source, 'sub'), { recursive: true })
  const big = Buffer.alloc(5 * 1024 * 1024 + 123)
  for (let i = 0; i < big.length; i += 4)
    big.writeUInt32LE((i * 2654435761) >>> 0, i & ~3 && i > big.length - 4 ? big.length - 4 : i)
  writeFileSync(join(source, 'big.bin'), big)
  writeFileSync(join(source, 'sub', 'small.txt'), 'small\n')
  writeFileSync(join(source, 'empty'), '')
  symlinkSync('sub/small.txt', join(source, 'link'))
  const root = await kit.add(source)
  const path = await mounted(t, kit, folder)
  const at = (...names: string[]): string => join(path, 'ipfs', ...names)

  await t.test(
    'The root holds one folder, `ipfs`, and `ipfs` lists the pinned roots.',
    async (t) => {
      t.same(readdirSync(path), ['ipfs'])
      t.same(readdirSync(at()), [root])
    }
  )

  await t.test(
    'Any CID that is stored can be entered below `ipfs`, in any multibase, whether it is pinned or not.',
    async (t) => {
      const file = await kit.add('--no-pin', join(source, 'sub', 'small.txt'))
      t.notOk(readdirSync(at()).includes(file))
      const cid = CID.parse(file)
      for (const text of [
        file,
        cid.toString(base16upper),
        cid.toString(base36),
        cid.toString(base58btc)
      ])
        t.equal(readFileSync(at(text), 'utf8'), 'small\n', text)
      t.ok(statSync(at(file)).isFile())
    }
  )

  await t.test(
    'A name below `ipfs` that is no CID, or whose block nobody has, does not exist (ENOENT).',
    async (t) => {
      t.equal(
        errno(() => statSync(at('favicon.ico'))),
        'ENOENT'
      )
      const text = `not yet there ${Date.now()}`
      const absent = String(rawCid(Buffer.from(text)))
      t.equal(
        errno(() => statSync(at(absent))),
        'ENOENT'
      )
      writeFileSync(join(folder, 'late'), text)
      t.equal(await kit.add(join(folder, 'late')), absent)
      t.equal(readFileSync(at(absent), 'utf8'), text, 'seen at once')
      const long = Cid.v1(0x55, 0, Buffer.alloc(129))
      t.equal(
        errno(() => statSync(at(String(long)))),
        'ENOENT',
        'threats row 9: nor does an identity CID of 129 bytes'
      )
      t.equal(
        errno(() => statSync(at(String(Cid.v1(0x55, 0x1b, sha256(Buffer.from('x'))))))),
        'ENOTSUP',
        'threats row 9: a hash nobody here can compute is another matter'
      )
    }
  )

  await t.test(
    'Names are bytes: newlines, percent signs, right-to-left marks and bytes that are not UTF-8 come back as they went in.',
    async (t) => {
      const odd = join(folder, 'odd')
      mkdirSync(odd)
      const names = [
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
      names.push(Buffer.from([0x66, 0xff, 0xfe]))
      for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${odd}/`), name]), name)
      const cid = await kit.add(odd)
      const hex = (list: readonly Buffer[]): string[] =>
        list.map((name) => name.toString('hex')).sort()
      t.same(hex(readdirSync(at(cid), { encoding: 'buffer' })), hex(names))
      for (const name of names)
        t.ok(readFileSync(Buffer.concat([Buffer.from(`${at(cid)}/`), name])).equals(name))
    }
  )

  await t.test(
    'Names that no file can have are hidden: empty, `.`, `..`, with a slash or a NUL, over 255 bytes.',
    async (t) => {
      const one = leafBlock('first')
      const two = leafBlock('second')
      const names = ['', '.', '..', 'a/b', 'nul\0x', 'y'.repeat(256), 'good', 'good']
      const dir = folderBlock(names.map((name, i) => ({ name, cid: i === 7 ? two.cid : one.cid })))
      const cid = await importBlocks(kit, folder, [dir, one, two])
      t.same(readdirSync(at(cid)), ['good'])
      t.equal(readFileSync(at(cid, 'good'), 'utf8'), 'first')
      t.equal(
        errno(() => statSync(at(cid, 'y'.repeat(256)))),
        'ENAMETOOLONG'
      )
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
      t.ok(statSync(at(cid)).isFile())
      t.equal(Cid.parse(cid).codec, DAG_CBOR)
      t.equal(
        Buffer.from(sha256(readFileSync(at(cid)))).toString('hex'),
        Buffer.from(Cid.parse(cid).digest).toString('hex')
      )
    }
  )

  await t.test(
    'Every byte read is the byte that was added, at any offset, in any size of request.',
    async (t) => {
      t.ok(readFileSync(at(root, 'big.bin')).equals(big))
      const fd = openSync(at(root, 'big.bin'), 'r')
      fc.assert(
        fc.property(fc.nat(big.length + 10), fc.nat(200_000), (position, length) => {
          const target = Buffer.alloc(length)
          const n = readSync(fd, target, 0, length, position)
          return target.subarray(0, n).equals(big.subarray(position, position + length))
        }),
        { numRuns: 100 }
      )
      closeSync(fd)
      t.equal(readFileSync(at(root, 'empty')).length, 0)
      t.equal(
        await sh(
          'diff -r "$1" "$2" && rsync -an --checksum --itemize-changes "$1/" "$2/" | grep -E "^[<>]" || true',
          source,
          at(root)
        ),
        ''
      )
    }
  )

  await t.test(
    'Reading at or behind the end gives zero bytes, and a negative offset is EINVAL.',
    async (t) => {
      const fd = openSync(at(root, 'sub', 'small.txt'), 'r')
      for (const position of [6, 7, 10_000, 2 ** 40])
        t.equal(readSync(fd, Buffer.alloc(10), 0, 10, position), 0)
      closeSync(fd)
      const python =
        'import os,sys\nf=os.open(sys.argv[1],os.O_RDONLY)\ntry: os.pread(f,1,-1)\nexcept OSError as e: print(e.errno)'
      t.equal((await sh('python3 -c "$1" "$2"', python, at(root, 'sub', 'small.txt'))).trim(), '22')
    }
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
      t.same(readdirSync(at(cid)).sort(), ['gone', 'here', 'holed', 'node'])
      t.equal(
        errno(() => readFileSync(at(cid, 'gone'))),
        'EIO'
      )
      t.equal(
        errno(() => statSync(at(cid, 'node'))),
        'EIO'
      )
      t.equal(readFileSync(at(cid, 'here'), 'utf8'), '0123456789')
      t.equal(statSync(at(cid, 'holed')).size, 20)
      t.equal((await kit.bytes('cat', '--length', '10', `${cid}/holed`)).toString(), '0123456789')
      t.equal(
        errno(() => readFileSync(at(cid, 'holed'))),
        'EIO'
      )
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
      for (const bad of [node(12, 10), node(8, 8), node(30, 30)]) {
        const cid = await importBlocks(kit, folder, [bad, leaf])
        t.equal(
          errno(() => readFileSync(at(cid))),
          'EIO'
        )
      }
      for (const tsize of [1, 5, 1_000_000]) {
        const dir = folderBlock([{ name: 'f', cid: leaf.cid, tsize }])
        const cid = await importBlocks(kit, folder, [dir, leaf])
        t.equal(readFileSync(at(cid, 'f'), 'utf8'), '0123456789', `threats row 42: Tsize ${tsize}`)
      }
    }
  )

  await t.test(
    "A symlink tells its text and is followed by nobody but the reader's own kernel.",
    async (t) => {
      t.equal(readlinkSync(at(root, 'link')), 'sub/small.txt')
      t.equal(readFileSync(at(root, 'link'), 'utf8'), 'small\n')
      symlinkSync('/etc/passwd', join(folder, 'evil'))
      const cid = await kit.add(join(folder, 'evil'))
      t.equal(readlinkSync(at(cid)), '/etc/passwd', 'threats row 19')
      t.equal(lstatSync(at(cid)).size, 11)
      t.equal((await kit.bytes('cat', cid)).toString(), '/etc/passwd')
      const text = encodePb(
        [],
        encodeUnixFs({ type: UNIXFS_SYMLINK, data: Buffer.alloc(5000, 'x'), blockSizes: [] })
      )
      const long = await importBlocks(kit, folder, [{ cid: pbCid(text), block: text }])
      t.equal(
        errno(() => readlinkSync(at(long))),
        'ENAMETOOLONG',
        'longer than the kernel takes, and the mount lives on'
      )
    }
  )

  await t.test('A listing opens no block of its children.', async (t) => {
    const present = leafBlock('present')
    const dir = folderBlock([
      { name: 'a', cid: present.cid },
      ...Array.from({ length: 500 }, (_, i) => ({
        name: `m${String(i).padStart(3, '0')}`,
        cid: leafBlock(`missing ${i}`).cid
      }))
    ])
    const cid = await importBlocks(kit, folder, [dir, present])
    t.equal(readdirSync(at(cid)).length, 501, 'though none of 500 can be opened')
    const sha1 = Cid.v1(0x55, 0x11, Buffer.alloc(20, 7))
    const mixed = folderBlock([
      { name: 'a', cid: present.cid },
      { name: 'b', cid: sha1 },
      { name: 'c', cid: present.cid }
    ])
    const odd = await importBlocks(kit, folder, [mixed, present])
    t.same(readdirSync(at(odd)), ['a', 'b', 'c'], 'one that cannot even be hashed hides no other')
  })

  await t.test(
    'Modes are 0444 for files and 0555 for folders unless the DAG has one, and setuid, setgid and sticky bits are never shown.',
    async (t) => {
      const mode = (...names: string[]): string =>
        (lstatSync(at(...names)).mode & 0o7777).toString(8)
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
      t.equal(mode(cid), '751', 'threats row 43')
      t.match(
        readFileSync('/proc/self/mountinfo', 'utf8')
          .split('\n')
          .find((line) => line.includes(path)),
        /nosuid,nodev/
      )
      t.equal(lstatSync(at(root)).uid, process.getuid!())
    }
  )

  await t.test(
    "Modification times are the DAG's where it has them; else, and for every change time, a fixed second with nanoseconds that the CID decides.",
    async (t) => {
      const stat = (...names: string[]) => lstatSync(at(...names), { bigint: true })
      const one = stat(root, 'big.bin')
      t.equal(one.mtimeNs / 1_000_000_000n, 1_577_836_800n)
      t.equal(one.mtimeNs, one.ctimeNs)
      t.not(one.mtimeNs, stat(root, 'sub', 'small.txt').mtimeNs)
      fs.utimesSync(join(source, 'empty'), 1234567890.5, 1234567890.5)
      const kept = await kit.add('--preserve-mtime', join(source, 'empty'))
      t.equal(stat(kept).mtimeNs, 1_234_567_890_500_000_000n)
      t.equal(stat(kept).ctimeNs / 1_000_000_000n, 1_577_836_800n)
      await sh('touch -d @-86400 "$1"', join(source, 'empty'))
      t.equal(
        stat(await kit.add('--preserve-mtime', join(source, 'empty'))).mtimeNs,
        -86_400_000_000_000n,
        'before 1970'
      )
    }
  )

  await t.test('A folder has one link and a size of 4096; `st_blksize` is 1 MiB.', async (t) => {
    t.match(statSync(at(root)), { nlink: 1, size: 4096, blksize: 1 << 20 })
    t.match(statSync(at(root, 'big.bin')), {
      nlink: 1,
      size: big.length,
      blksize: 1 << 20,
      blocks: Math.ceil(big.length / 512)
    })
  })

  await t.test(
    'Extended attributes answer by name and none is listed: `ipfs.cid` is the CID of any path.',
    async (t) => {
      const python = [
        'import os,sys,ctypes',
        'libc=ctypes.CDLL(None,use_errno=True)',
        'p=sys.argv[1].encode()',
        'def get(n):',
        ' b=ctypes.create_string_buffer(300)',
        ' r=libc.lgetxattr(p,n,b,300)',
        ' return b.raw[:r].decode() if r>=0 else str(ctypes.get_errno())',
        'print(get(b"ipfs.cid"),get(b"user.ipfs_kit.tier"),get(b"user.ipfs_kit.backend"),get(b"user.ipfs_kit.verified"),get(b"user.other"),get(b"system.posix_acl_access"),get(b"security.selinux"),libc.llistxattr(p,None,0))'
      ].join('\n')
      const answers = (await sh('python3 -c "$1" "$2"', python, at(root, 'sub'))).trim().split(' ')
      const sub = (
        await kit.json<{ entries: { name: string; cid: string }[] }>('ls', root)
      ).entries.find(({ name }) => name === 'sub')
      t.same(answers, [sub!.cid, 'local', 'local', 'true', '61', '95', '95', '0'])
    }
  )

  await t.test('Everything that would change something is refused with EROFS.', async (t) => {
    const file = at(root, 'sub', 'small.txt')
    const refused: [string, () => unknown][] = [
      ['write', () => fs.openSync(file, 'r+')],
      ['truncate', () => fs.truncateSync(file, 0)],
      ['create', () => writeFileSync(at(root, 'new'), 'x')],
      ['unlink', () => fs.unlinkSync(file)],
      ['mkdir', () => mkdirSync(at(root, 'dir'))],
      ['rmdir', () => fs.rmdirSync(at(root, 'sub'))],
      ['rename', () => fs.renameSync(file, at(root, 'moved'))],
      ['chmod', () => fs.chmodSync(file, 0o777)],
      ['chown', () => fs.chownSync(file, 1, 1)],
      ['utimes', () => fs.utimesSync(file, 1, 1)],
      ['link', () => fs.linkSync(file, at(root, 'hard'))],
      ['symlink', () => symlinkSync('x', at(root, 'soft'))],
      ['create in ipfs', () => writeFileSync(at('new'), 'x')],
      ['create in the root', () => writeFileSync(join(path, 'new'), 'x')]
    ]
    for (const [what, work] of refused) t.equal(errno(work), 'EROFS', `threats row 20: ${what}`)
    const python =
      'import os,sys\ntry: os.setxattr(sys.argv[1],"user.x",b"1")\nexcept OSError as e: print(e.errno)'
    t.equal((await sh('python3 -c "$1" "$2"', python, file)).trim(), '30', 'setxattr')
  })

  await t.test(
    'What was added, pinned or imported beside the mount is there when the command returns.',
    async (t) => {
      for (let i = 0; i < 5; i++) {
        writeFileSync(join(folder, 'live'), `live ${i}`)
        const cid = await kit.add(join(folder, 'live'))
        t.ok(readdirSync(at()).includes(cid))
        t.equal(readFileSync(at(cid), 'utf8'), `live ${i}`)
        await kit.ok('pin', 'rm', cid)
        t.notOk(readdirSync(at()).includes(cid))
      }
      await kit.ok('car', 'import', `${FIXTURES}go-car/simple-unixfs.car`)
      t.ok(readdirSync(at('QmPLPpnptHc1DMhJAWNYMTqBTqqRQNy5WsY7F9pZgsBfMT')).length > 0)
      const many = await Promise.all(
        Array.from({ length: 6 }, async (_, i) => {
          writeFileSync(join(folder, `many${i}`), `many ${i}`)
          return await kit.add(join(folder, `many${i}`))
        })
      )
      for (const [i, cid] of many.entries()) t.equal(readFileSync(at(cid), 'utf8'), `many ${i}`)
    }
  )

  await t.test(
    'gc beside a mount changes no byte of what is pinned, not even of files that are open.',
    async (t) => {
      const fd = openSync(at(root, 'big.bin'), 'r')
      readSync(fd, Buffer.alloc(10), 0, 10, 0)
      writeFileSync(join(folder, 'garbage'), Buffer.alloc(3 << 20, 7))
      const garbage = await kit.add('--no-pin', join(folder, 'garbage'))
      t.equal(statSync(at(garbage)).size, 3 << 20)
      t.ok((await kit.json<{ removed_blocks: number }>('gc')).removed_blocks > 0)
      await new Promise((resolve) => setTimeout(resolve, 1100))
      t.equal(
        errno(() => statSync(at(garbage))),
        'ENOENT'
      )
      const rest = Buffer.alloc(big.length)
      t.equal(readSync(fd, rest, 0, rest.length, 0), big.length)
      t.ok(rest.equals(big))
      closeSync(fd)
      await sh('diff -r --exclude=empty "$1" "$2"', source, at(root))
      t.same((await kit.json<{ bad: unknown[] }>('fsck', '--read-data')).bad, [])
    }
  )

  await t.test(
    'Whoever reads the small files of a folder in the order of its listing gets every byte as if one by one.',
    async (t) => {
      const small = join(folder, 'small')
      mkdirSync(small)
      for (let i = 0; i < 1500; i++)
        writeFileSync(join(small, `file ${i}`), Buffer.alloc((i * 97) % 9000, `content ${i} `))
      const cid = await kit.add(small)
      for (const mode of ['none', 'auto']) {
        const where = join(folder, `small-${mode}`)
        t.teardown(() => kit.run(['unmount', '--force', where]))
        await kit.ok('mount', where, '--open', mode)
        const mountedFolder = join(where, 'ipfs', cid)
        await sh('diff -r "$1" "$2"', small, mountedFolder)
        const sums = 'cd "$1" && find . -type f -print0 | xargs -0 -P 4 -n 50 sha256sum | sort'
        t.equal(await sh(sums, mountedFolder), await sh(sums, small), mode)
        await kit.ok('unmount', where)
      }
    }
  )

  await t.test(
    'Inode numbers, times, modes, sizes and the order of listings are the same after a remount and from another home.',
    async (t) => {
      const look = (mount: string): string => {
        const lines: string[] = []
        const visit = (name: string): void => {
          const { ino, mtimeNs, ctimeNs, mode, size, nlink } = lstatSync(name, { bigint: true })
          lines.push([name.slice(mount.length), ino, mtimeNs, ctimeNs, mode, size, nlink].join(' '))
          if (lstatSync(name).isDirectory())
            for (const child of readdirSync(name)) visit(join(name, child))
        }
        visit(join(mount, 'ipfs', root))
        return lines.join('\n')
      }
      const before = look(path)
      await kit.ok('unmount', path)
      await kit.ok('mount', path)
      t.equal(look(path), before)
      const other = new Kit(join(folder, 'other-home'))
      await kit.ok('car', 'export', root, '-o', join(folder, 'root.car'))
      await other.ok('car', 'import', join(folder, 'root.car'))
      const elsewhere = await mounted(t, other, join(folder, 'elsewhere'))
      t.equal(look(elsewhere), before)
      await other.ok('unmount', elsewhere)
    }
  )

  await t.test(
    'Every byte is the same whichever way files are opened: `--open passthrough`, `--open none`, or `auto`.',
    async (t) => {
      const modes = ['passthrough', 'none', 'auto'] as const
      for (const mode of modes) {
        const where = join(folder, `open-${mode}`)
        t.teardown(() => kit.run(['unmount', '--force', where]))
        const { code, stderr } = await kit.run(['mount', where, '--open', mode])
        if (code !== 0) {
          t.equal(mode, 'passthrough')
          t.match(stderr, /kernel does not allow passthrough/, 'a kernel that has none says so')
          continue
        }
        const big2 = join(where, 'ipfs', root, 'big.bin')
        const fds = [openSync(big2, 'r'), openSync(big2, 'r')]
        for (const fd of fds) {
          const bytes = Buffer.alloc(big.length + 10)
          t.equal(readSync(fd, bytes, 0, bytes.length, 0), big.length)
          t.ok(bytes.subarray(0, big.length).equals(big), mode)
          t.equal(readSync(fd, bytes, 0, 100, big.length - 7), 7, 'ends where the file does')
        }
        for (const fd of fds) closeSync(fd)
        await sh('diff -r --exclude=empty "$1" "$2"', source, join(where, 'ipfs', root))
        const mapped =
          'import mmap,sys\nf=open(sys.argv[1],"rb")\nprint(mmap.mmap(f.fileno(),0,access=mmap.ACCESS_READ)[-5:].hex())'
        t.equal(
          (await sh('python3 -c "$1" "$2"', mapped, big2)).trim(),
          big.subarray(-5).toString('hex')
        )
        await kit.ok('unmount', where)
      }
      const bad = await kit.run(['mount', join(folder, 'open-x'), '--open', 'fast'])
      t.equal(bad.code, 2)
    }
  )

  await t.test('Two paths can show one home; one engine serves both.', async (t) => {
    const second = join(folder, 'second')
    await kit.ok('mount', second)
    const mounts = await mountsOf(kit)
    t.same(mounts.map((mount) => mount.path).sort(), [path, second].sort())
    t.same(mounts[0]!.pids, mounts[1]!.pids)
    t.ok(readFileSync(join(second, 'ipfs', root, 'big.bin')).equals(big))
    await kit.ok('unmount', second)
    t.ok(isMounted(path), 'the other stays')
    t.equal(readFileSync(at(root, 'sub', 'small.txt'), 'utf8'), 'small\n')
  })

  await t.test(
    'A mountpoint that is not empty, lies in the home, or has the home in it is refused; a missing one is created.',
    async (t) => {
      const refused = async (where: string, message: RegExp): Promise<void> => {
        const { code, stderr } = await kit.run(['mount', where])
        t.equal(code, 2, where)
        t.match(stderr, message)
      }
      await refused(source, /not empty/)
      await refused(kit.home, /home/)
      await refused(join(kit.home, 'inside'), /inside the home/)
      await refused(folder, /inside the mountpoint/)
      await refused(join(folder, 'no', 'such', 'parent'), /does not exist/)
      await refused(join(source, 'big.bin'), /not a folder/)
      const made = join(folder, 'made')
      await kit.ok('mount', made)
      await kit.ok('unmount', made)
      t.equal((statSync(made).mode & 0o777).toString(8), '700')
    }
  )

  await t.test(
    'The mount goes away cleanly on `unmount`, SIGINT and SIGTERM, and no process is left.',
    async (t) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        const mounts = await mountsOf(kit)
        process.kill(mounts[0]!.pids[0]!, signal)
        await gone(mounts[0]!.pids)
        t.notOk(isMounted(path), signal)
        await kit.ok('mount', path)
      }
      const mounts = await mountsOf(kit)
      const fd = openSync(at(root, 'big.bin'), 'r')
      const busy = await kit.run(['unmount', path])
      t.equal(busy.code, 1)
      t.match(busy.stderr, /in use.*--force/)
      closeSync(fd)
      await kit.ok('unmount', path)
      t.notOk(isMounted(path))
      t.notOk(mounts[0]!.pids.some(alive), 'both are gone when it returns')
      const again = await kit.run(['unmount', path])
      t.match(again.stderr, /not mounted/)
      await kit.ok('mount', path)
    }
  )

  await t.test('A stale mount is recognised, cleaned away and mounted over.', async (t) => {
    const mounts = await mountsOf(kit)
    for (const pid of mounts[0]!.pids) process.kill(pid, 'SIGKILL')
    await gone(mounts[0]!.pids)
    t.match(
      errno(() => readdirSync(path)),
      /ENOTCONN|ECONNABORTED/
    )
    await kit.ok('mount', path)
    t.equal(readFileSync(at(root, 'sub', 'small.txt'), 'utf8'), 'small\n')
    const second = await kit.run(['mount', path])
    t.match(second.stderr, /mounted already/, 'a living one is left alone')
    t.ok(isMounted(path))
  })

  await t.test(
    'An engine that is stopped or hangs does not hold up `unmount --force`.',
    async (t) => {
      const { pids } = (await mountsOf(kit))[0]!
      const second = join(folder, 'second-of-stopped')
      t.teardown(() => kit.run(['unmount', '--force', second]))
      await kit.ok('mount', second)
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      await kit.ok('unmount', '--force', second)
      t.notOk(isMounted(second))
      t.notOk(isMounted(path), 'what the same engine served goes with it')
      await gone(pids)
      await kit.ok('mount', path)
      t.equal(readFileSync(at(root, 'sub', 'small.txt'), 'utf8'), 'small\n')
    }
  )
})

async function gone(pids: readonly number[]): Promise<void> {
  for (let i = 0; i < 500 && pids.some(alive); i++)
    await new Promise((resolve) => setTimeout(resolve, 20))
  if (pids.some(alive)) throw new Error(`processes ${pids.filter(alive).join(', ')} do not end`)
}

/** A zombie nobody has waited for is gone as far as anybody can tell. */
function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
