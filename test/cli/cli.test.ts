/** The command contract: names, flags, output, exit codes. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { COMMANDS } from '../../src/cli/commands.js'
import { importBlocks, repeatedFile } from '../support/blocks.js'
import { Kit, runProgram } from '../support/cli.js'
import { MAIN, ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const setUp = (t: Parameters<typeof tempFolder>[0]) => {
  const folder = tempFolder(t, 'cli')
  const source = join(folder, 'tree')
  mkdirSync(join(source, 'sub'), { recursive: true })
  writeFileSync(join(source, 'a.txt'), 'alpha')
  writeFileSync(join(source, 'sub', 'b.txt'), 'beta')
  writeFileSync(join(source, '.hidden'), 'secret')
  symlinkSync('a.txt', join(source, 'link'))
  return { folder, source, kit: new Kit(join(folder, 'home')) }
}

t.test('add prints a line per entry, a root after its entries', async (t) => {
  const { kit, source } = setUp(t)
  const { stdout, stderr, code } = await kit.run(['add', source])
  const lines = stdout.toString().trim().split('\n')
  t.equal(code, 0)
  t.same(
    lines.map((line) => line.split(' ')[2]),
    ['tree/a.txt', 'tree/link', 'tree/sub/b.txt', 'tree/sub', 'tree']
  )
  t.match(lines[0], /^added bafk\S+ tree\/a\.txt$/)
  t.match(stderr, /1 hidden entry skipped/)
  const quiet = await kit.ok('add', '-q', source)
  t.same(
    quiet.split('\n'),
    lines.map((line) => line.split(' ')[1])
  )
  t.equal(await kit.ok('add', '-Q', source), quiet.split('\n').at(-1))
  t.not(await kit.ok('add', '-Q', '--hidden', source), quiet.split('\n').at(-1))
})

t.test('add --json has the documented keys inside the envelope', async (t) => {
  const { kit, source } = setUp(t)
  const answer = await kit.json('add', source)
  t.match(answer, {
    success: true,
    operation: 'add',
    timestamp: /^\d{4}-.*Z$/,
    correlation_id: /^[0-9a-f-]{36}$/,
    roots: [{ path: source, size: 9, files: 2, directories: 2, symlinks: 1 }],
    skipped_hidden: 1,
    profile: 'unixfs-v1-2025'
  })
  t.equal((answer['entries'] as unknown[]).length, 5)
})

t.test('add: profiles, chunker, only-hash, no-pin, wrap, stdin', async (t) => {
  const { kit, source, folder } = setUp(t)
  const file = join(source, 'a.txt')
  t.match(await kit.add('--profile', 'unixfs-v0-2015', file), /^Qm/)
  t.equal(
    await kit.add('--only-hash', '--profile', 'unixfs-v0-2015', source),
    await kit.add('--profile', 'unixfs-v0-2015', source)
  )
  const other = join(folder, 'other')
  writeFileSync(other, 'never stored')
  const hash = await kit.add('-n', other)
  t.equal((await kit.run(['stat', hash])).code, 1, 'only-hash stores nothing')
  t.notOk((await kit.ok('pin', 'ls', '-q')).includes(hash))
  const unpinned = await kit.add('--no-pin', other)
  t.notOk((await kit.ok('pin', 'ls', '-q')).includes(unpinned))
  const wrapped = await kit.add('-w', file, other)
  t.match(await kit.ok('ls', wrapped), /a\.txt\n.*other/)
  const piped = await kit.run(['add', '-Q', '-w', '--stdin-name', 'piped.txt', '-'], {
    input: 'from a pipe'
  })
  t.match(await kit.ok('ls', piped.stdout.toString().trim()), /11 .*piped\.txt/)
  const plain = await kit.run(['add', '-Q', '-'], { input: 'alpha' })
  t.equal(plain.stdout.toString().trim(), await kit.add(file))
  t.equal((await kit.run(['add', '--chunker', 'rabin', file])).code, 2)
  t.equal((await kit.run(['add', '--profile', 'x', file])).code, 2)
  t.not(await kit.add('--chunker', 'size-2', file), await kit.add(file))
})

t.test('adding again keeps the name that a pin has', async (t) => {
  const { kit, source, folder } = setUp(t)
  const file = join(source, 'a.txt')
  const names = async (): Promise<string> =>
    (await kit.json<{ pins: { name: string }[] }>('pin', 'ls')).pins.map(({ name }) => name).join()
  const cid = await kit.add(file)
  t.equal(await names(), 'a.txt')
  await kit.ok('pin', 'add', cid, '--name', 'holiday')
  await kit.add(file)
  const same = join(folder, 'same')
  writeFileSync(same, 'alpha')
  await kit.add(same)
  t.equal(await names(), 'holiday')
  await kit.ok('pin', 'add', cid, '--name', '')
  await kit.add(same)
  t.equal(await names(), 'same', 'where it has none, it gets that of the file')
})

t.test('threats 66: add refuses a device or socket by name, and leaves nothing', async (t) => {
  const { kit, source } = setUp(t)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(source, 'a socket'), resolve))
  const { code, stderr } = await kit.run(['add', source])
  server.close()
  t.equal(code, 1)
  t.match(stderr, /a socket is a device, socket or pipe/)
  t.equal(await kit.ok('pin', 'ls'), '')
  const absent = await kit.run(['add', join(source, 'absent')])
  t.match(absent.stderr, /cannot add .*absent/)
})

t.test('cat, ls, get, stat', async (t) => {
  const { kit, source, folder } = setUp(t)
  const root = await kit.add(source)
  t.equal((await kit.bytes('cat', `${root}/a.txt`)).toString(), 'alpha')
  t.equal(
    (await kit.bytes('cat', '--offset', '1', '--length', '3', `/ipfs/${root}/a.txt`)).toString(),
    'lph'
  )
  t.equal((await kit.bytes('cat', `ipfs://${root}/sub/b.txt`)).toString(), 'beta')
  t.equal((await kit.run(['cat', root])).code, 1)
  t.equal((await kit.run(['cat', '--offset', '-1', root])).code, 2)
  const lines = (await kit.ok('ls', root)).split('\n')
  t.same(
    lines.map((line) => line.trim().split(/\s+/).at(-1)),
    ['a.txt', 'link', 'sub/']
  )
  t.match(await kit.json('ls', root), {
    entries: [
      { name: 'a.txt', type: 'file', size: 5 },
      { name: 'link', type: 'symlink', size: 5 },
      { name: 'sub', type: 'directory', size: 0 }
    ]
  })
  const out = join(folder, 'out')
  await kit.ok('get', root, '-o', out)
  t.equal(readFileSync(join(out, 'sub', 'b.txt'), 'utf8'), 'beta')
  t.equal((await runProgram('diff', ['-r', '--exclude=.hidden', source, out])).code, 0)
  const again = await kit.run(['get', root, '-o', out])
  t.equal(again.code, 1)
  t.match(again.stderr, /exists already/, 'threats 67')
  t.match(await kit.json('stat', root), {
    cid: root,
    type: 'directory',
    blocks: 5,
    links: 3,
    depth: 2,
    local: true
  })
  t.match(await kit.json('stat', `${root}/a.txt`), {
    type: 'file',
    size: 5,
    blocks: 1,
    links: 0,
    depth: 0
  })
  await kit.run(['get', `${root}/a.txt`], { cwd: folder })
  t.equal(readFileSync(join(folder, 'a.txt'), 'utf8'), 'alpha', 'named after the path')
})

t.test('errors name what and what to do, and exit as the contract says', async (t) => {
  const { kit, source, folder } = setUp(t)
  const root = await kit.add(source)
  const cases: [string[], number, RegExp][] = [
    [['cat', `${root}/nope`], 1, /has no entry "nope"/],
    [['cat', `${root}/a.txt/x`], 1, /is not a directory/],
    [['cat', 'hello'], 2, /"hello" is not a CID/],
    [
      ['cat', 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'],
      1,
      /not in the local store; add it/
    ],
    [['ls'], 2, /usage: ipfs-kit ls CIDPATH/],
    [
      ['pin', 'add', 'bafy', '--backend', 'a', '--replicas', '2'],
      2,
      /--backend and --replicas do not go together/
    ],
    [
      ['pin', 'add', 'bafy', '--replicas', '2', '--direct'],
      2,
      /--replicas and --direct do not go together/
    ],
    [
      ['dataset', 'get', 'sales', '--columns', 'a,b', '--columns', 'c'],
      2,
      /--columns is given twice; .*commas/
    ],
    [['pin', 'ls', '--limit', '1', '--limit=2'], 2, /--limit is given twice, as "1" and as "2"/],
    [['frobnicate'], 2, /no command "frobnicate"/],
    [['pin'], 2, /pin add, pin rm, pin ls/],
    [['ls', '--nope', root], 2, /--nope/],
    [['mount', '--driver', 'nfs'], 2, /--driver/],
    [['expound', root], 2, /no command/],
    [
      ['pin', 'rm', 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'],
      1,
      /is not pinned/
    ],
    [['car', 'import', join(source, 'a.txt')], 3, /not a valid CAR.*offset 0/],
    [['car', 'import', join(folder, 'absent.car')], 1, /absent\.car/],
    [['unmount', join(folder, 'm')], 1, /is not mounted/],
    [['--config', join(folder, 'absent.json'), 'ls', root], 78, /no configuration file/]
  ]
  for (const [args, code, message] of cases) {
    const run = await kit.run(args)
    // threats 7 and 68
    t.equal(run.code, code, args.join(' '))
    t.match(run.stderr, message)
    t.notMatch(run.stderr, /^\s+at /m, 'no stack trace')
  }
  const debug = await kit.run(['cat', 'hello', '--debug'])
  t.match(debug.stderr, /^\s+at /m, 'but with --debug')
  t.match(await kit.json('cat', 'hello'), {})
})

t.test('a failure in JSON is one document too', async (t) => {
  const { kit } = setUp(t)
  const answer = await kit.json('stat', 'hello')
  t.match(answer, {
    success: false,
    operation: 'stat',
    error_type: 'validation_error',
    code: 'INVALID_CID',
    recoverable: false
  })
})

t.test('threats 25: names with escape sequences are escaped in every listing', async (t) => {
  const { kit, folder } = setUp(t)
  const odd = join(folder, 'odd')
  mkdirSync(odd)
  writeFileSync(join(odd, '\x1b[31mred\nline'), 'x')
  writeFileSync(Buffer.concat([Buffer.from(`${odd}/`), Buffer.from([0xff])]), 'y')
  const added = await kit.run(['add', odd])
  const listed = await kit.ok(
    'ls',
    added.stdout.toString().trim().split('\n').at(-1)!.split(' ')[1]!
  )
  for (const text of [added.stdout.toString(), listed]) {
    t.notOk(text.includes('\x1b'))
    t.match(text, /\\x1b\[31mred\\nline/)
    t.match(text, /\\xff/)
  }
})

t.test('pins: add, list, name, direct, remove; gc; fsck', async (t) => {
  const { kit, source } = setUp(t)
  const root = await kit.add('--no-pin', source)
  await kit.ok('pin', 'add', root, '--name', 'mine')
  t.match(await kit.json('pin', 'ls'), {
    pins: [{ cid: root, name: 'mine', type: 'recursive', size: Number, created_at: /Z$/ }]
  })
  const refused = await kit.run(['pin', 'add', '--direct', root])
  t.match(refused.stderr, /pinned recursively/)
  await kit.ok('pin', 'add', '--direct', `${root}/a.txt`)
  t.equal((await kit.ok('pin', 'ls', '-q', '--limit', '1')).split('\n').length, 1)
  t.match(await kit.json('gc'), { removed_blocks: 0, kept_blocks: 5 })
  await kit.ok('pin', 'rm', root)
  t.match(await kit.json('gc'), { removed_blocks: 4, kept_blocks: 1 })
  t.match(await kit.json('fsck', '--read-data'), { blocks: 1, bad: [], missing: [], repaired: 0 })
  t.equal((await kit.run(['pin', 'add', root])).code, 1, 'what is not here cannot be pinned')
})

t.test('car export, verify, import: the same bytes; dag-cbor links are followed', async (t) => {
  const { kit, source, folder } = setUp(t)
  const root = await kit.add(source)
  const file = join(folder, 'a.car')
  await kit.ok('car', 'export', root, '-o', file)
  t.ok((await kit.bytes('car', 'export', root)).equals(readFileSync(file)))
  t.match(await kit.json('car', 'verify', file), { roots: [root], blocks: 5, bad: [], missing: [] })
  const other = new Kit(join(folder, 'other'))
  t.equal(await other.ok('car', 'import', '-q', file), root)
  t.match(await other.json('car', 'import', file), {
    roots: [root],
    blocks: 5,
    duplicates: 5,
    missing: 0,
    pinned: 1
  })
  await other.ok('get', root, '-o', join(folder, 'out'))
  t.equal(
    (await runProgram('diff', ['-r', '--exclude=.hidden', source, join(folder, 'out')])).code,
    0
  )
  const fixtures = join(ROOT, 'test/fixtures')
  const partial = join(fixtures, 'go-car/wikipedia-cryptographic-hash-function.car')
  t.equal((await kit.run(['car', 'verify', partial])).code, 1, 'threats 11')
  await kit.ok('car', 'import', partial)
  const [holed] = (await kit.json<{ roots: string[] }>('car', 'verify', partial)).roots
  const refused = await kit.run(['car', 'export', holed!, '-o', join(folder, 'holed.car')])
  t.match(refused.stderr, /would have a hole/)
  t.notOk(existsSync(join(folder, 'holed.car')))
  await kit.ok(
    'car',
    'import',
    join(fixtures, 'gateway-conformance/path_gateway_dag__dag-cbor-traversal.car')
  )
  const cbor = 'bafyreibs4utpgbn7uqegmd2goqz4bkyflre2ek2iwv743fhvylwi4zeeim'
  const { dirLink } = await firstLink(kit, cbor)
  t.equal((await kit.run(['cat', `${cbor}/${dirLink}`])).code, 0)
  t.match((await kit.run(['cat', `${cbor}/no such key`])).stderr, /has no key "no such key"/)
})

/** The path of the first link inside a dag-cbor block. */
async function firstLink(kit: Kit, cid: string): Promise<{ dirLink: string }> {
  const { decode } = await import('@ipld/dag-cbor')
  const { CID } = await import('multiformats/cid')
  const open: [string, unknown][] = [['', decode(await kit.bytes('cat', cid))]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, value] = next
    if (CID.asCID(value) !== null) return { dirLink: path }
    if (typeof value === 'object' && value !== null)
      for (const [key, child] of Object.entries(value))
        open.push([path === '' ? key : `${path}/${key}`, child])
  }
  throw new Error('the fixture has no link')
}

t.test('an archive may come through a pipe', async (t) => {
  const { kit, source, folder } = setUp(t)
  const root = await kit.add(source)
  const car = await kit.bytes('car', 'export', root)
  const other = new Kit(join(folder, 'other'))
  const imported = await other.run(['car', 'import', '-q', '-'], { input: car })
  t.equal(imported.stdout.toString().trim(), root)
  t.match((await other.run(['car', 'verify', '-'], { input: car })).stdout.toString(), /0 bad/)
  t.match((await other.run(['car', 'verify', folder])).stderr, /is a folder/)
})

t.test('threats 9: an archive of megabytes that lacks a block is told just that one', async (t) => {
  const { kit, folder } = setUp(t)
  const big = Buffer.alloc(12 << 20)
  for (let i = 0; i < big.length; i += 4) big.writeUInt32LE((i * 2654435761) >>> 0, i)
  writeFileSync(join(folder, 'big'), big)
  const car = await kit.bytes('car', 'export', await kit.add(join(folder, 'big')))
  // Change one byte in the middle: its block is bad, and so missing; all others are there.
  car[6 << 20]! ^= 1
  const file = join(folder, 'damaged.car')
  writeFileSync(file, car)
  const report = await kit.json<{ success: boolean; bad: { cid: string }[]; missing: string[] }>(
    'car',
    'verify',
    file
  )
  t.equal(report.success, false)
  t.equal(report.bad.length, 1)
  t.same(report.missing, [report.bad[0]!.cid])
  t.equal((await kit.run(['car', 'verify', file])).code, 3)
})

t.test('threats 49: what rots in the store does not leave it in an archive', async (t) => {
  const { kit, folder } = setUp(t)
  writeFileSync(join(folder, 'big'), Buffer.alloc(3 << 20, 'rot'))
  const root = await kit.add(join(folder, 'big'))
  const files = join(kit.home, 'blocks/files')
  const [name] = readdirSync(files, { recursive: true, encoding: 'utf8' }).filter((entry) =>
    entry.includes('/')
  )
  const bytes = readFileSync(join(files, name!))
  bytes[100]! ^= 1
  writeFileSync(join(files, name!), bytes)
  const { code, stderr } = await kit.run(['car', 'export', root, '-o', join(folder, 'out.car')])
  t.equal(code, 3)
  t.match(stderr, /was changed, and is damaged at byte 0; run `ipfs-kit fsck/)
  t.notOk(existsSync(join(folder, 'out.car')))
  const hint = (await kit.run(['fsck', '--read-data'])).stderr
  t.match(hint, /`ipfs-kit fsck --read-data --repair`/)
  t.match(await kit.json('fsck', '--read-data', '--repair'), { success: true })
})

t.test(
  'get gives times back to the nanosecond, so that adding again gives the same CID',
  async (t) => {
    const { kit, folder } = setUp(t)
    const dir = join(folder, 'timed')
    mkdirSync(join(dir, 'sub'), { recursive: true })
    writeFileSync(join(dir, 'sub', 'f'), 'x')
    for (const path of [join(dir, 'sub', 'f'), join(dir, 'sub'), dir])
      await runProgram('touch', ['-d', '2021-03-04T05:06:07.123456789Z', path])
    const flags = ['--preserve-mtime', '--preserve-mode']
    const cid = await kit.add(...flags, dir)
    await kit.ok('get', cid, '-o', join(folder, 'again'))
    t.equal(await kit.add(...flags, join(folder, 'again')), cid)
  }
)

t.test('threats 61: Ctrl-C ends what is long at once', { timeout: 60_000 }, async (t) => {
  const { kit, folder } = setUp(t)
  const cid = await importBlocks(kit, folder, repeatedFile(Buffer.alloc(1 << 20), [128, 64]))
  for (const args of [
    ['cat', cid],
    ['get', cid, '-o', join(folder, 'out')]
  ]) {
    let stopped = 0
    const script =
      '"$@" > /dev/null & pid=$!; sleep 0.6; kill -INT $pid; wait $pid; echo "ended $?"'
    const command = [process.execPath, MAIN, '--home', kit.home, ...args]
    stopped = Date.now()
    // Background jobs of a shell ignore SIGINT unless told not to.
    const { stdout } = await runProgram('bash', ['-mc', script, 'bash', ...command])
    t.match(stdout.toString(), /ended 130/)
    t.ok(Date.now() - stopped < 10_000)
    t.notOk(existsSync(join(folder, 'out')))
  }
})

t.test('a home where nothing can be made is an error at once', async (t) => {
  const { source } = setUp(t)
  const { code, stderr } = await new Kit('/proc/no-such').run(['add', source])
  t.equal(code, 1)
  t.match(stderr, /\/proc\/no-such/)
})

t.test('car export -o - is stdout', async (t) => {
  const { kit, source, folder } = setUp(t)
  const root = await kit.add(source)
  const { code, stdout } = await kit.run(['car', 'export', root, '-o', '-'], { cwd: folder })
  t.equal(code, 0)
  t.ok(stdout.equals(await kit.bytes('car', 'export', root)))
  t.notOk(existsSync(join(folder, '-')))
})

t.test('help and completion know every command', async (t) => {
  const { kit } = setUp(t)
  const overview = await kit.ok('help')
  for (const { name, examples } of COMMANDS) {
    t.ok(overview.includes(`  ${name}`), name)
    const help = await kit.ok('help', ...name.split(' '))
    t.ok(examples.length > 0 && help.includes(examples[0]!), `${name} shows an example`)
  }
  t.match(await kit.ok('--version'), /^ipfs-kit \d+\.\d+\.\d+$/)
  t.equal(await kit.ok('add', '--help'), await kit.ok('help', 'add'))
  for (const shell of ['bash', 'zsh', 'fish'])
    t.match(await kit.ok('completion', shell), /ipfs-kit/)
  t.equal((await kit.run(['completion', 'tcsh'])).code, 2)
})

t.test('doctor says what is there; a closed pipe needs no message', async (t) => {
  const { kit, source } = setUp(t)
  const { checks } = await kit.json<{ checks: { check: string; mend: string }[] }>('doctor')
  t.ok(checks.some(({ check }) => check === '/dev/fuse'))
  const root = await kit.add(source)
  const piped = await runProgram(
    'sh',
    [
      '-c',
      `"$0" "$1" ls ${root} | head -1 >/dev/null; "$0" "$1" cat ${root}/a.txt | true`,
      process.execPath,
      MAIN
    ],
    { env: { IPFS_KIT_HOME: kit.home } }
  )
  t.equal(piped.stderr, '')
})

t.test('everything in the home is private', async (t) => {
  const { kit, source } = setUp(t)
  await kit.add(source)
  for (const name of ['', 'blocks', 'blocks/packs', 'run'])
    t.equal(statSync(join(kit.home, name)).mode & 0o077, 0, name)
  t.ok(existsSync(join(kit.home, 'blocks/MANIFEST')))
  t.equal(statSync(join(kit.home, 'blocks/MANIFEST')).mode & 0o777, 0o600)
})

t.test('progress is for terminals alone', async (t) => {
  const { kit, folder } = setUp(t)
  writeFileSync(join(folder, 'big'), Buffer.alloc(20 << 20, 3))
  const { stderr } = await kit.run(['add', join(folder, 'big')])
  t.equal(stderr, '')
})
