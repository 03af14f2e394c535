/**
 * Homes that cannot be written, that somebody else can change, whose path is long, or whose file
 * system lacks locks: what can be read is read, and what is refused is refused with its reason.
 */
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { isMounted, mounted, sh, skipWithoutMount } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const strace = await runProgram('strace', ['-V']).then(
  () => false as const,
  () => 'strace is not installed'
)

interface Check {
  readonly check: string
  readonly ok: boolean
  readonly found: string
  readonly mend: string
}

/** What `doctor` says of one check, and its exit code. */
async function doctorOf(kit: Kit, name: string): Promise<Check & { readonly code: number | null }> {
  const { code, stdout } = await kit.run(['doctor', '--json'])
  const { checks, success } = JSON.parse(stdout.toString()) as {
    checks: Check[]
    success: boolean
  }
  if (success !== (code === 0)) throw new Error('the document contradicts the exit code')
  const found = checks.find(({ check }) => check.startsWith(name))
  if (found === undefined) throw new Error(`doctor checks no ${name}`)
  return { ...found, code }
}

function source(folder: string): string {
  const path = join(folder, 'source')
  mkdirSync(path)
  writeFileSync(join(path, 'a'), 'alpha')
  writeFileSync(join(path, 'b'), Buffer.alloc(3_000_000, 'beta'))
  return path
}

/** Shows a folder at another place, where it cannot be written. */
async function readOnly(t: Test, folder: string): Promise<string> {
  const place = `${folder}-ro`
  mkdirSync(place)
  await sh('mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"', folder, place)
  t.teardown(() => sh('umount -l "$1"', place))
  return place
}

t.test(
  'a read-only home is read: cat, ls, status, and a mount, with what was cached',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'ro')
    const kit = new Kit(join(folder, 'home'))
    const cid = await kit.add(source(folder))
    const elsewhere = new Kit(join(folder, 'elsewhere'))
    writeFileSync(join(folder, 'other'), 'from elsewhere')
    const cached = await elsewhere.add(join(folder, 'other'))
    mkdirSync(join(folder, 'shelf'))
    await elsewhere.ok('car', 'export', cached, '-o', join(folder, 'shelf', 'a.car'))
    await kit.ok('backend', 'add', 'shelf', '--type', 'filesystem', '--path', join(folder, 'shelf'))
    await kit.ok('cat', cached)
    const fixed = new Kit(await readOnly(t, kit.home))
    t.equal((await fixed.bytes('cat', `${cid}/a`)).toString(), 'alpha')
    t.equal((await fixed.bytes('cat', cached)).toString(), 'from elsewhere')
    t.match(await fixed.ok('ls', cid), /a\n.*b/)
    t.match(await fixed.json('status'), { success: true, pins: 1 })
    t.match(await fixed.json('fsck', '--read-data'), { bad: [] })
    const path = await mounted(t, fixed, folder)
    t.equal(await sh('cat "$1"/ipfs/"$2"/a "$1"/ipfs/"$3"', path, cid, cached), 'alphafrom elsewhere') // prettier-ignore
    t.equal(await sh('ls "$1"/ipfs', path), `${cid}\n`)
    t.match(await fixed.json('status'), { mounts: [{ path }] })
    for (const args of [['add', source(mkdtempSync(join(folder, 'x')))], ['gc'], ['pin', 'rm', cid], ['fsck', '--repair'], ['cache', 'clear']]) // prettier-ignore
      t.match(await fixed.json(...args), { success: false, code: 'READ_ONLY', error: /written/ }, args.join(' ')) // prettier-ignore
    await fixed.ok('unmount', path)
    t.notOk(isMounted(path))
    t.match(await doctorOf(fixed, 'home'), { ok: false, code: 1, mend: /remount,rw/ })
    t.notOk(existsSync(join(kit.home, 'run', 'socket')))
  }
)

t.test(
  'an ordinary user reads a home that may not be written',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'user')
    chmodSync(folder, 0o755)
    const owner = { uid: 4242, gid: 4242 }
    const home = join(folder, 'home')
    mkdirSync(home)
    chownSync(home, owner.uid, owner.gid)
    const kit = new Kit(home, { asUser: owner, env: { HOME: folder, XDG_RUNTIME_DIR: '' } })
    const cid = await kit.add(join(source(folder), 'a'))
    await sh('chmod -R a-w "$1"', home)
    t.equal((await kit.bytes('cat', cid)).toString(), 'alpha')
    t.match(await kit.json('add', MAIN), { code: 'READ_ONLY' })
    t.match(await doctorOf(kit, 'home'), { ok: false, code: 1 })
    await sh('chmod 000 "$1"', home)
    t.match(await doctorOf(kit, 'home'), { ok: false, code: 1, found: /EACCES/ })
    t.match((await kit.run(['status'])).stderr, /not counted/)
    rmSync(`/tmp/ipfs-kit-${owner.uid}`, { recursive: true, force: true })
  }
)

t.test(
  'threats 77: a home that somebody else can change is refused with its name, and nothing is written',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'foreign')
    const victim = join(folder, 'victim')
    writeFileSync(victim, 'precious')
    const stranger = 4242
    const cases: [string, (home: string) => string][] = [
      ['it belongs to another', (home) => (chownSync(home, stranger, stranger), home)],
      ['everybody can write to it', (home) => (chmodSync(home, 0o777), home)],
      ['its group can write to it', (home) => (chownSync(home, 0, stranger), chmodSync(home, 0o770), home)], // prettier-ignore
      ['a folder in it belongs to another', (home) => (chownSync(join(home, 'run'), stranger, stranger), join(home, 'run'))], // prettier-ignore
      ['a folder on the way belongs to another', (home) => (chownSync(join(home, '..'), stranger, stranger), join(home, '..'))] // prettier-ignore
    ]
    for (const [i, [name, change]] of cases.entries()) {
      const kit = new Kit(join(folder, `${i}`, 'home'))
      const cid = await kit.add(join(MAIN, '..', 'index.js'))
      rmSync(join(kit.home, 'run', 'lock'))
      symlinkSync(victim, join(kit.home, 'run', 'lock'))
      const named = change(kit.home)
      for (const args of [
        ['add', MAIN],
        ['cat', cid],
        ['gc'],
        ['backend', 'ls'],
        ['mount', folder]
      ]) {
        const { code, stderr } = await kit.run(args)
        t.equal(code, 1, `${name}: ${args[0]}`)
        t.ok(stderr.includes(`${named} `), stderr)
      }
      t.match(await doctorOf(kit, 'home'), { ok: false, code: 1 })
      t.equal((await kit.run(['status'])).code, 0)
    }
    t.equal(readFileSync(victim, 'utf8'), 'precious')
  }
)

t.test('threats 77: files of a home are not opened through links', async (t) => {
  const folder = tempFolder(t, 'links')
  const victim = join(folder, 'victim')
  const kit = new Kit(join(folder, 'home'))
  const cid = await kit.add(MAIN)
  await kit.ok('gc')
  for (const name of ['run/lock', 'blocks/pins.log', 'blocks/writers.lock']) {
    writeFileSync(victim, 'precious')
    const path = join(kit.home, name)
    renameSync(path, `${path}.away`)
    symlinkSync(victim, path)
    const args = name === 'blocks/pins.log' ? ['add', MAIN] : ['gc']
    const { code, stderr } = await kit.run(args)
    t.not(code, 0, name)
    t.match(stderr, new RegExp(name), name)
    t.equal(readFileSync(victim, 'utf8'), 'precious')
    rmSync(path)
    renameSync(`${path}.away`, path)
  }
  t.equal(await kit.ok('pin', 'ls', '-q'), cid)
})

t.test(
  'threats 78: a home with a long path has its socket in itself, whoever made folders elsewhere',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'long')
    const home = join(folder, 'a'.repeat(120), 'home')
    const kit = new Kit(home, { env: { TMPDIR: folder } })
    const cid = await kit.add(join(source(folder), 'a'))
    const path = await mounted(t, kit, folder)
    t.ok(lstatSync(join(home, 'run', 'socket')).isSocket())
    t.equal(await sh('cat "$1"/ipfs/"$2"', path, cid), 'alpha')
    const other = new Kit(home, { env: { TMPDIR: '/var/tmp', XDG_RUNTIME_DIR: '/nonexistent' } })
    t.match(await other.json('status'), { mounts: [{ path }], stale: [] })
    const added = await other.add(join(folder, 'source', 'b'))
    t.equal(await sh('ls "$1"/ipfs/"$2"', path, added), `${join(path, 'ipfs', added)}\n`)
    await other.ok('unmount', path)
  }
)

t.test(
  'threats 78: the folder beside a read-only home must be of its user alone',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'runtime')
    const kit = new Kit(join(folder, 'home'))
    await kit.add(MAIN)
    const home = await readOnly(t, kit.home)
    const runtime = join(folder, 'runtime')
    mkdirSync(join(runtime, 'ipfs-kit'), { recursive: true, mode: 0o700 })
    const fixed = new Kit(home, { env: { XDG_RUNTIME_DIR: runtime } })
    const path = await mounted(t, fixed, folder)
    t.ok(statSync(runtime).isDirectory())
    await fixed.ok('unmount', path)
    chownSync(join(runtime, 'ipfs-kit'), 4242, 4242)
    const { code, stderr } = await fixed.run(['mount', path])
    t.equal(code, 1)
    t.match(stderr, /runtime\/ipfs-kit is not a private folder/)
  }
)

/** Runs a command while a system call fails. */
const failing = (kit: Kit, inject: string, ...args: string[]) => {
  const calls = inject.split(':')[0]!
  const options = ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${inject}`]
  return runProgram('strace', [...options, process.execPath, MAIN, '--home', kit.home, ...args])
}

t.test(
  'threats 79: a lock that the file system does not have is named as that',
  { skip: strace, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'nolock')
    const kit = new Kit(join(folder, 'home'))
    await kit.add(MAIN)
    const { code, stderr } = await failing(kit, 'flock:error=ENOLCK', 'gc')
    t.equal(code, 1)
    t.match(stderr, /cannot be locked \(ENOLCK\).*move the home to a local disk/)
    t.notMatch(stderr, /in use|waiting/)
  }
)

t.test(
  'a folder that cannot go yet, as on NFS and FUSE, does not fail an add',
  { skip: strace, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'sticky')
    const kit = new Kit(join(folder, 'home'))
    const cid = await kit.add('-n', MAIN)
    const { code, stdout } = await failing(kit, 'rmdir:error=ENOTEMPTY', 'add', '-Q', MAIN)
    t.equal(code, 0)
    t.equal(stdout.toString().trim(), cid)
    await kit.ok('gc')
    t.match(await kit.json('fsck', '--read-data'), { bad: [], missing: [] })
  }
)
