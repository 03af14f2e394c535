/**
 * What vfs/README.md says of writing, consistency, opening and mounting, sentence by sentence, on
 * real mounts. It runs for each driver.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Kit } from '../support/cli.js'
import { isMounted, mounted, sh } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'
import { errnoOf, SystemView } from '../support/view.js'
import { plant, type Limits, type Subject } from './vfs-suite.js'

interface Status {
  readonly mounts: readonly { path: string; home: string; driver: string; pids: number[] }[]
}

/** Mounts of this home: `status` tells those of other tests too. */
const mountsOf = async (kit: Kit): Promise<Status['mounts']> =>
  (await kit.json<Status>('status')).mounts.filter(({ home }) => home === kit.home)

export async function mountSuite(t: Test, driver: string): Promise<void> {
  const by = ['--driver', driver]
  const folder = tempFolder(t, 'mount')
  const kit = new Kit(join(folder, 'home'))
  const { source, root, big } = await plant(kit, folder)
  const path = await mounted(t, kit, folder, ...by)
  const at = (...names: string[]): string => join(path, 'ipfs', ...names)

  await t.test('A folder has one link and a size of 4096; `st_blksize` is 4096.', async (t) => {
    t.match(statSync(at(root)), { nlink: 1, size: 4096, blksize: 4096 })
    t.match(statSync(at(root, 'big.bin')), {
      nlink: 1,
      size: big.length,
      blksize: 4096,
      blocks: Math.ceil(big.length / 512)
    })
    t.equal(statSync(at(root)).uid, process.getuid!(), 'the owner is who mounted')
    const line = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((one) => one.includes(path))
    // threats 26
    t.match(line, /nosuid,nodev/)
  })

  await t.test(
    'Names of attributes that begin with `security.` or `system.` are EOPNOTSUPP, and a negative offset is EINVAL.',
    async (t) => {
      const python = [
        'import os,sys,ctypes',
        'libc=ctypes.CDLL(None,use_errno=True)',
        'p=sys.argv[1].encode()',
        'def get(n):',
        ' b=ctypes.create_string_buffer(300)',
        ' r=libc.lgetxattr(p,n,b,300)',
        ' return b.raw[:r].decode() if r>=0 else str(ctypes.get_errno())',
        'def length(n,room): return libc.lgetxattr(p,n,ctypes.create_string_buffer(300),room)',
        'print(get(b"system.posix_acl_access"),get(b"security.selinux"),libc.llistxattr(p,None,0))',
        'print(length(b"user.ipfs_kit.tier",0),length(b"user.ipfs_kit.tier",2),ctypes.get_errno())',
        'f=os.open(sys.argv[1],os.O_RDONLY)',
        'try: os.pread(f,1,-1)',
        'except OSError as e: print(e.errno)'
      ].join('\n')
      const answers = await sh('python3 -c "$1" "$2"', python, at(root, 'big.bin'))
      t.same(answers.trim().split('\n'), ['95 95 0', '5 -1 34', '22'])
    }
  )

  await t.test('Programs that read a tree find what was added, byte for byte.', async (t) => {
    t.equal(
      await sh(
        'diff -r "$1" "$2" && rsync -an --checksum --itemize-changes "$1/" "$2/" | grep -E "^[<>]" || true',
        source,
        at(root)
      ),
      ''
    )
    t.equal(readFileSync(at(root, 'link'), 'utf8'), 'small\n', 'the kernel follows a link')
  })

  await t.test(
    'What would change content is refused with EROFS, or before that with EACCES where its mode says so.',
    async (t) => {
      // prettier-ignore
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
      const isRoot = process.getuid!() === 0
      for (const [what, work] of refused) {
        const errno = errnoOf(work)
        if (isRoot) t.equal(errno, 'EROFS', `threats 59: ${what}`)
        else t.match(errno, /^(EROFS|EACCES|EPERM)$/, `threats 59: ${what}`)
      }
      const python =
        'import os,sys\ntry: os.setxattr(sys.argv[1],"user.x",b"1")\nexcept OSError as e: print(e.errno)'
      t.match((await sh('python3 -c "$1" "$2"', python, file)).trim(), isRoot ? /^30$/ : /^(30|13)$/, 'setxattr') // prettier-ignore
    }
  )

  await t.test(
    '`queries` is the one folder that can be changed: a file `NAME.sql` in it is a saved query.',
    (t) =>
      saveQueries(t, join(path, 'queries'), join(kit.home, 'queries'), driver !== 'fuse-native')
  )

  await t.test(
    'The result of a query is entered by its name and not listed: `NAME.parquet`, `NAME.csv`, `NAME.json`, `NAME.arrow`.',
    async (t) => {
      writeFileSync(join(folder, 'few.csv'), 'a,b\n1,x\n2,y\n')
      const table = await kit.add(join(folder, 'few.csv'))
      const sql = `SELECT sum(a) AS s FROM read_csv('/ipfs/${table}')`
      await kit.ok('query', sql, '--save', 'sum')
      await kit.ok('query', 'SELECT 1', '--save', 'wrong')
      writeFileSync(join(kit.home, 'queries', 'wrong.sql'), 'SELECT * FROM nothing_of_that_name')
      const shown = join(path, 'queries')
      t.equal(readFileSync(join(shown, 'sum.csv'), 'utf8'), 's\n3\n')
      for (const format of ['parquet', 'json', 'arrow']) {
        const bytes = readFileSync(join(shown, `sum.${format}`))
        t.equal(bytes.length, statSync(join(shown, `sum.${format}`)).size, 'the size is exact')
        t.ok(bytes.length > 0)
      }
      t.same(fs.readdirSync(shown).sort(), ['sum.sql', 'wrong.sql'])
      t.equal(
        errnoOf(() => readFileSync(join(shown, 'wrong.csv'))),
        'EINVAL'
      )
      t.equal(
        errnoOf(() => readFileSync(join(shown, 'none.csv'))),
        'ENOENT'
      )
      for (const name of ['sum', 'wrong']) fs.unlinkSync(join(kit.home, 'queries', `${name}.sql`))
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
        errnoOf(() => statSync(at(garbage))),
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
        await kit.ok('mount', where, ...by, '--open', mode)
        const mountedFolder = join(where, 'ipfs', cid)
        await sh('diff -r "$1" "$2"', small, mountedFolder)
        const sums = 'cd "$1" && find . -type f -print0 | xargs -0 -P 4 -n 50 sha256sum | sort'
        t.equal(await sh(sums, mountedFolder), await sh(sums, small), mode)
        await kit.ok('unmount', where)
      }
    }
  )

  await t.test(
    'Every byte is the same whichever way files are opened: `--open passthrough`, `--open none`, or `auto`.',
    async (t) => {
      const modes = ['passthrough', 'none', 'auto'] as const
      for (const mode of modes) {
        const where = join(folder, `open-${mode}`)
        t.teardown(() => kit.run(['unmount', '--force', where]))
        const { code, stderr } = await kit.run(['mount', where, ...by, '--open', mode])
        if (code !== 0) {
          t.equal(mode, 'passthrough')
          t.match(stderr, /passthrough/, 'what has none says so')
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
    await kit.ok('mount', second, ...by)
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
        const { code, stderr } = await kit.run(['mount', where, ...by])
        t.equal(code, 2, where)
        t.match(stderr, message)
      }
      // threats 58
      await refused(source, /not empty/)
      await refused(kit.home, /home/)
      await refused(join(kit.home, 'inside'), /inside the home/)
      await refused(folder, /inside the mountpoint/)
      await refused(join(folder, 'no', 'such', 'parent'), /does not exist/)
      await refused(join(source, 'big.bin'), /not a folder/)
      const made = join(folder, 'made')
      await kit.ok('mount', made, ...by)
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
        await kit.ok('mount', path, ...by)
      }
      const mounts = await mountsOf(kit)
      const fd = openSync(at(root, 'big.bin'), 'r')
      const busy = await kit.run(['unmount', path])
      t.equal(busy.code, 1)
      t.match(busy.stderr, /in use.*--force/)
      t.match(await kit.json('unmount', path), { code: 'BUSY', recoverable: true })
      closeSync(fd)
      await kit.ok('unmount', path)
      t.notOk(isMounted(path))
      t.notOk(mounts[0]!.pids.some(alive), 'both are gone when it returns')
      const again = await kit.run(['unmount', path])
      t.match(again.stderr, /not mounted/)
      await kit.ok('mount', path, ...by)
    }
  )

  await t.test('A stale mount is recognised, cleaned away and mounted over.', async (t) => {
    const mounts = await mountsOf(kit)
    // Stopped first: neither may live to clean up after the other.
    for (const pid of mounts[0]!.pids) process.kill(pid, 'SIGSTOP')
    for (const pid of mounts[0]!.pids) process.kill(pid, 'SIGKILL')
    await gone(mounts[0]!.pids)
    t.match(
      errnoOf(() => statSync(at('nobody'))),
      /ENOTCONN|ECONNABORTED/
    )
    await kit.ok('mount', path, ...by)
    // threats 58
    t.equal(readFileSync(at(root, 'sub', 'small.txt'), 'utf8'), 'small\n')
    const second = await kit.run(['mount', path, ...by])
    t.match(second.stderr, /mounted already/, 'a living one is left alone')
    t.ok(isMounted(path))
  })

  await t.test(
    'An engine that is stopped or hangs does not hold up `unmount --force`.',
    async (t) => {
      const { pids } = (await mountsOf(kit))[0]!
      const second = join(folder, 'second-of-stopped')
      t.teardown(() => kit.run(['unmount', '--force', second]))
      await kit.ok('mount', second, ...by)
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      await kit.ok('unmount', '--force', second)
      t.notOk(isMounted(second))
      // threats 60
      t.notOk(isMounted(path), 'what the same engine served goes with it')
      await gone(pids)
      await kit.ok('mount', path, ...by)
      t.equal(readFileSync(at(root, 'sub', 'small.txt'), 'utf8'), 'small\n')
    }
  )
}

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

/** A home mounted by a driver, as the suite of the VFS wants to see it. */
export async function mountSubject(t: Test, driver: string, limits: Limits): Promise<Subject> {
  const by = ['--driver', driver]
  const folder = tempFolder(t, 'subject')
  const kit = new Kit(join(folder, 'home'))
  const path = await mounted(t, kit, folder, ...by)
  let others = 0
  return {
    kit,
    limits,
    view: () => new SystemView(path),
    remount: async () => {
      await kit.ok('unmount', path)
      await kit.ok('mount', path, ...by)
    },
    another: async (other) =>
      new SystemView(await mounted(t, other, join(folder, `other-${others++}`), ...by))
  }
}

/** Saves queries as editors and scripts do. @param isWritable whether the driver can. */
async function saveQueries(
  t: Test,
  shown: string,
  kept: string,
  isWritable: boolean
): Promise<void> {
  const file = join(shown, 'top.sql')
  if (!isWritable) {
    t.equal(
      errnoOf(() => writeFileSync(file, 'select 1')),
      'EROFS'
    )
    return
  }
  writeFileSync(file, 'select 1')
  t.equal(readFileSync(join(kept, 'top.sql'), 'utf8'), 'select 1', 'it is in the home')
  t.match(statSync(file), { size: 8, nlink: 1 })
  fs.appendFileSync(file, ' as one')
  t.equal(readFileSync(file, 'utf8'), 'select 1 as one')
  fs.truncateSync(file, 8)
  await sh('sed -i s/1/2/ "$1" && cp "$1" "$2/copy.sql" && mv "$2/copy.sql" "$2/moved.sql"', file, shown) // prettier-ignore
  t.same(fs.readdirSync(shown).sort(), ['moved.sql', 'top.sql'])
  t.equal(readFileSync(join(shown, 'moved.sql'), 'utf8'), 'select 2')
  const saved = [
    'import os,sys',
    'd=sys.argv[1]',
    't,f=d+"/.top.sql.swp",d+"/top.sql"',
    'o=open(t,"w"); o.write("select 3"); o.flush(); os.fsync(o.fileno())',
    'os.rename(f,f+"~"); os.rename(t,f); o.write("0"); o.close(); os.unlink(f+"~")',
    'print(open(f).read())',
    'n=os.open(d+"/new.sql",os.O_CREAT|os.O_EXCL|os.O_WRONLY); os.close(n)',
    'try: os.open(d+"/new.sql",os.O_CREAT|os.O_EXCL|os.O_WRONLY)',
    'except FileExistsError: print("exists")'
  ].join('\n')
  t.equal(await sh('python3 -c "$1" "$2"', saved, shown), 'select 30\nexists\n')
  const refused: [string, string, () => unknown][] = [
    ['a name of a result', 'EACCES', () => writeFileSync(join(shown, 'a.csv'), '')],
    ['a folder', 'EROFS', () => mkdirSync(join(shown, 'dir'))],
    ['a link', 'EROFS', () => symlinkSync('x', join(shown, 'soft'))],
    [
      'moving into content',
      process.getuid!() === 0 ? 'EROFS' : 'EACCES',
      () => fs.renameSync(file, join(shown, '../ipfs/top.sql'))
    ],
    ['much', 'EFBIG', () => fs.truncateSync(file, 1 << 30)],
    ['somebody else', 'EPERM', () => fs.chownSync(file, 12, 12)],
    ['what is not there', 'ENOENT', () => fs.unlinkSync(join(shown, 'none.sql'))]
  ]
  for (const [what, errno, work] of refused) t.equal(errnoOf(work), errno, what)
  for (const name of fs.readdirSync(shown)) fs.unlinkSync(join(shown, name))
  t.same(fs.readdirSync(kept), [])
}
