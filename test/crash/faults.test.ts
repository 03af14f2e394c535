/**
 * Disks that fail: syncs that report an error, a full file system, writes that end short. The
 * command must fail, acknowledge nothing and leave nothing behind. The faults are the kernel's
 * own or injected by strace at the system call; nothing of the program is replaced.
 */
import { mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram, type Run } from '../support/cli.js'
import { inspect } from '../support/inspect.js'
import { sh } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

const strace = await runProgram('strace', ['-V']).then(
  () => false as const,
  () => 'strace is not installed'
)
const isRoot = process.getuid?.() === 0

/**
 * Run a command while a fault is injected into its system calls.
 * @returns `injected`: whether it hit a file of the test; the runtime syncs its stdout, too. `isDerived`: whether that was one
 * of Arrow, which is derived.
 */
async function failing(
  folder: string,
  home: string,
  calls: string,
  fault: string,
  args: readonly string[]
): Promise<Run & { readonly injected: boolean; readonly isDerived: boolean }> {
  const log = join(folder, 'strace')
  const options = ['-f', '-y', '--seccomp-bpf', '-o', log, '-e', `trace=${calls}`]
  const inject = ['-e', `inject=${calls}:${fault}`, process.execPath, MAIN, '--home', home, ...args]
  const run = await traced([...options, ...inject])
  const hits = readFileSync(log, 'utf8').split('\n')
  const injected = hits.some((line) => line.includes('(INJECTED)') && line.includes(folder))
  if (run.isHeldUp && injected) throw new Error(`${args.join(' ')} stands still`)
  // Derived, and not believed where it is not whole: nobody need be told.
  const isDerived = hits.some((line) => line.includes('(INJECTED)') && line.includes('/ipc/'))
  return { ...run, injected, isDerived }
}

/** How long a command may take; each of them is done within a few seconds. */
const HELD_UP_MS = 60_000

/**
 * Runs strace. The library of foreign functions syncs stdout and stderr at the end of a process, and stands still in a
 * lock of its own where stderr cannot be synced: such a process, in which none of our files was hit, is ended.
 */
async function traced(args: readonly string[]): Promise<Run & { readonly isHeldUp: boolean }> {
  let isHeldUp = false
  let timer: NodeJS.Timeout | undefined
  const run = await runProgram('strace', args, {
    onStart: ({ pid }) => {
      timer = setTimeout(() => {
        isHeldUp = true
        const below = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
        for (const one of [...below, pid]) process.kill(Number(one), 'SIGKILL')
      }, HELD_UP_MS)
    }
  })
  clearTimeout(timer)
  return { ...run, isHeldUp }
}

function tree(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  for (let i = 0; i < 20; i++) writeFileSync(join(path, `f${i}`), `${name} ${i}`)
  writeFileSync(join(path, 'big'), Buffer.alloc(1_500_000, name))
  return path
}

t.test(
  'threats 54: whichever fsync fails, nothing is acknowledged and nothing is left',
  { skip: strace, timeout: 600_000 },
  async (t) => {
    const folder = tempFolder(t, 'faults')
    const home = join(folder, 'home')
    const kit = new Kit(home)
    const kept = await kit.add(tree(folder, 'kept'))
    const elsewhere = new Kit(join(folder, 'elsewhere'))
    const archive = join(folder, 'a.car')
    await elsewhere.ok('car', 'export', await elsewhere.add(tree(folder, 'import')), '-o', archive)
    const commands: (readonly string[])[] = [
      ['add', '-Q', tree(folder, 'added')],
      ['car', 'import', '-q', archive],
      ['pin', 'add', '--name', 'again', kept],
      ['gc'],
      ['car', 'export', kept, '-o', join(folder, 'out.car')]
    ]
    for (const args of commands) {
      if (args[0] === 'gc') await kit.add('--no-pin', tree(folder, 'garbage'))
      let k = 1
      for (; ; k++) {
        const run = await failing(folder, home, 'fsync,fdatasync', `error=EIO:when=${k}`, args)
        const name = `${args.slice(0, 2).join(' ')}, sync ${k}`
        if (!run.injected) {
          t.notMatch(run.stderr, /^ipfs-kit .*:/, `${name}: no complaint when none of ours fails`)
          break
        }
        // The index is told of what is durable already: that this fails is said, and undoes nothing.
        const isOfIndex =
          run.code === 0 && run.stderr.startsWith('warning: the metadata index lacks')
        t.equal(run.code, isOfIndex || run.isDerived ? 0 : 1, `${name} fails`)
        if (!isOfIndex && !run.isDerived)
          t.equal(run.stdout.toString(), '', `${name}: nothing is acknowledged`)
        t.match(run.stderr, run.isDerived ? /^$/ : /^(ipfs-kit|warning:) .*(EIO|i\/o)/i, name)
        const { problems, pins } = await inspect(home)
        t.same(problems, [], name)
        t.ok(pins.has(kept), name)
      }
      t.ok(k > 1, `${args[0]} syncs at all`)
    }
    t.notOk(readdirSync(folder).some((name) => name.includes('.tmp')))
  }
)

t.test(
  'threats 54: a write-back that fails while a large file is still being written',
  { skip: strace, timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'write-back')
    const kit = new Kit(join(folder, 'home'))
    await kit.ok('pin', 'ls')
    const large = join(folder, 'large')
    writeFileSync(large, Buffer.alloc(70 << 20, 'large'))
    // One thread in the pool, so that the first sync fails and the last one succeeds.
    process.env['UV_THREADPOOL_SIZE'] = '1'
    const args = ['add', '-Q', large]
    const run = await failing(folder, kit.home, 'fdatasync', 'error=EIO:when=1', args)
    delete process.env['UV_THREADPOOL_SIZE']
    t.ok(run.injected)
    t.equal(run.code, 1, 'the kernel tells of a failed write-back only once')
    t.equal(run.stdout.toString(), '')
    t.same((await inspect(kit.home)).problems, [])
  }
)

t.test(
  'threats 54: a full disk is NO_SPACE, and gives back what was begun',
  { skip: isRoot ? false : 'making a small file system needs root', timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'full')
    const small = join(folder, 'small')
    mkdirSync(small)
    await sh('mount -t tmpfs -o size=8m,mode=700 ipfs-kit-test "$1"', small)
    t.teardown(() => sh('umount "$1"', small))
    const kit = new Kit(join(small, 'home'))
    const kept = await kit.add(tree(folder, 'kept'))
    const free = (): number => statfsSync(small).bavail
    const before = free()
    writeFileSync(join(folder, 'large'), Buffer.alloc(20 << 20, 'x'))
    const many = join(folder, 'many')
    mkdirSync(many)
    for (let i = 0; i < 3000; i++)
      writeFileSync(join(many, `f${i}`), Buffer.alloc(4000, `file ${i}`))
    for (const source of [join(folder, 'large'), many]) {
      const { code, stdout, stderr } = await kit.run(['add', '-Q', source])
      t.equal(code, 1)
      t.equal(stdout.toString(), '')
      t.match(stderr, /ENOSPC|no space/i)
      t.match((await kit.json('add', source)).code, 'NO_SPACE')
      t.same((await inspect(kit.home)).problems, [])
      t.ok(free() >= before - 16, 'the space is free again')
    }
    t.equal((await kit.bytes('cat', `${kept}/f3`)).toString(), 'kept 3')
    await kit.ok('pin', 'rm', kept)
    await kit.ok('gc')
    t.ok(free() > before, 'gc works on what is left')
  }
)

t.test('threats 54: a write that ends short is not taken for a whole one', async (t) => {
  const folder = tempFolder(t, 'short')
  const home = join(folder, 'home')
  const kit = new Kit(home)
  const kept = await kit.add(tree(folder, 'kept'))
  const source = tree(folder, 'source')
  // Kernel limit on the size of a file: the write that crosses it is cut short, the next fails.
  for (const blocks of [1, 2, 3, 5, 8, 100, 1000, 2000]) {
    const limited = `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`
    const command = [process.execPath, MAIN, '--home', home, 'add', '-Q', source]
    const { code, signal, stdout } = await runProgram('sh', ['-c', limited, 'sh', ...command])
    t.equal(signal, null)
    t.equal(code, 1, `a limit of ${blocks} blocks`)
    t.equal(stdout.toString(), '')
    const { problems, pins } = await inspect(home)
    t.same(problems, [])
    t.same([...pins], [kept])
  }
  const cid = await kit.add(source)
  t.equal((await kit.bytes('cat', `${cid}/big`)).length, 1_500_000)
})

t.test('a read that fails is an error, never fewer bytes', { skip: strace }, async (t) => {
  const folder = tempFolder(t, 'reads')
  const kit = new Kit(join(folder, 'home'))
  const cid = await kit.add(tree(folder, 'kept'))
  let failed = 0
  for (let k = 8; k < 30; k++) {
    const args = ['cat', `${cid}/big`]
    const run = await failing(folder, kit.home, 'pread64', `error=EIO:when=${k}`, args)
    if (!run.injected) continue
    // threats 54: a seal that cannot be read costs speed alone.
    if (run.code === 0) t.ok(run.stdout.equals(Buffer.alloc(1_500_000, 'kept')), `read ${k}`)
    else failed++
  }
  t.ok(failed > 0, `${failed} reads failed`)
})

t.test(
  'threats 51: a repair of the log of pins that is killed at any step loses no pin',
  { skip: strace, timeout: 300_000 },
  async (t) => {
    const folder = tempFolder(t, 'killed')
    const home = join(folder, 'home')
    const kit = new Kit(home)
    const kept = await kit.add(tree(folder, 'kept'))
    const trace = ['-f', '-o', join(folder, 'strace'), '-e', 'trace=link,rename']
    const repair = [process.execPath, MAIN, '--home', home, 'fsck', '--repair']
    for (const call of ['link', 'rename'])
      for (const effect of ['', 'error=EIO:']) {
        writeFileSync(join(home, 'blocks', 'pins.log'), Buffer.alloc(300, 7))
        const inject = ['-e', `inject=${call}:${effect}signal=SIGKILL:when=1`]
        const name = `${call} ${effect}`
        t.equal((await runProgram('strace', [...trace, ...inject, ...repair])).signal, 'SIGKILL')
        await kit.run(['fsck', '--repair'])
        t.same(await kit.ok('pin', 'ls', '-q'), kept, name)
        t.match(await kit.json('gc'), { freed_bytes: 0 }, name)
      }
  }
)
