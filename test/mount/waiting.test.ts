/** What a reader has to wait for at most: vfs/README.md, on a mount whose disk is made to hang. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { mounted, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

/** Longer than anything here waits for. */
const HANG_S = 30
/** Far from what hangs, however loaded the machine is: how soon is a matter of the benchmarks. */
const SOON_MS = 10_000

/** A file that was added, and the pack that holds its bytes alone. */
interface Added {
  readonly at: string
  readonly pack: string
}

interface Stage {
  readonly kit: Kit
  readonly engine: number
  readonly at: (cid: string) => string
  readonly add: (name: string, bytes: number) => Promise<Added>
}

async function stage(t: Test, deadline: string, open = 'none'): Promise<Stage> {
  const folder = tempFolder(t, 'waiting')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(kit.home)
  writeFileSync(join(kit.home, 'mount.config.json'), JSON.stringify({ mount: { deadline } }))
  // With --open none every read is ours to answer.
  const path = await mounted(t, kit, folder, '--open', open)
  const { mounts } = await kit.json<{ mounts: { path: string; pids: number[] }[] }>('status')
  const engine = mounts.find((mount) => mount.path === path)!.pids[1]!
  const at = (cid: string): string => join(path, 'ipfs', cid)
  const packs = join(kit.home, 'blocks', 'packs')
  const add = async (name: string, bytes: number): Promise<Added> => {
    writeFileSync(join(folder, name), Buffer.alloc(bytes, name))
    const before = readdirSync(packs)
    const cid = await kit.add(join(folder, name))
    const [pack] = readdirSync(packs).filter((one) => !before.includes(one))
    statSync(at(cid))
    return { at: at(cid), pack: join(packs, pack!) }
  }
  return { kit, engine, add, at }
}

/** Make every read from these files hang, in whichever thread of the engine. */
async function hang(t: Test, engine: number, packs: readonly string[]): Promise<void> {
  const options = ['-f', '-q', '-e', 'trace=pread64', '-p', String(engine)]
  const inject = ['-e', `inject=pread64:delay_enter=${HANG_S * 1_000_000}`]
  const paths = packs.flatMap((pack) => ['-P', pack])
  await slowed(t, engine, [...options, ...inject, ...paths])
}

/** Run strace until the test is over, or it is killed. */
async function slowed(t: Test, engine: number, options: readonly string[]): Promise<ChildProcess> {
  const strace = spawn('strace', options, { stdio: ['ignore', 'ignore', 'ignore'] })
  t.teardown(() => strace.kill('SIGKILL'))
  const tracer = `/proc/${engine}/status`
  for (let i = 0; i < 200 && /^TracerPid:\s+0$/m.test(readFileSync(tracer, 'utf8')); i++)
    await delay(25)
  // It attaches to one thread after the other.
  await delay(200)
  return strace
}

/** Read a file, not ahead of its reader; and how long that took after `work` was done with it. */
async function reader(path: string, work: (child: ChildProcess) => Promise<void>) {
  let child: ChildProcess | undefined
  const args = [`if=${path}`, 'iflag=direct', 'of=/dev/null', 'status=none']
  const run = runProgram('dd', args, { onStart: (started) => (child = started) })
  await work(child!)
  const since = Date.now()
  const { code, signal, stderr } = await run
  return { code, signal, stderr, ms: Date.now() - since }
}

t.test('waiting', { ...skipWithoutMount, timeout: 300_000 }, async (t) => {
  await t.test(
    'A reader whose disk hangs can be interrupted within a second (EINTR), and the other files stay readable.',
    async (t) => {
      const { engine, add } = await stage(t, '60s')
      const stuck = [await add('a', 50_000), await add('b', 50_001), await add('c', 50_002)]
      const other = await add('other', 50_003)
      await hang(
        t,
        engine,
        stuck.map(({ pack }) => pack)
      )
      const readers = stuck.map((file) =>
        reader(file.at, async (child) => {
          await delay(5000)
          child.kill('SIGINT')
        })
      )
      // All three of them hang before anything else is read.
      await delay(3000)
      const read = await runProgram('cat', [other.at])
      t.equal(read.stdout.length, 50_003, 'another thread serves')
      for (const { signal, ms } of await Promise.all(readers)) {
        // threats 56
        t.equal(signal, 'SIGINT')
        t.ok(ms < SOON_MS, `ended ${ms} ms after Ctrl-C`)
      }
    }
  )

  await t.test(
    'No request goes without an answer for longer than `mount.deadline`: it then gets ETIMEDOUT.',
    async (t) => {
      const { engine, add } = await stage(t, '2s')
      const late = await add('late', 50_000)
      const other = await add('other', 50_001)
      await hang(t, engine, [late.pack])
      const { code, stderr, ms } = await reader(late.at, async () => undefined)
      t.equal(code, 1)
      // threats 56
      t.match(stderr, /timed out/)
      t.ok(ms >= 1900 && ms < SOON_MS, `${ms} ms`)
      t.equal(readFileSync(other.at).length, 50_001, 'and others are served')
    }
  )

  await t.test(
    'However many requests hang, none waits much beyond its deadline, and others are served.',
    async (t) => {
      const { engine, add } = await stage(t, '2s')
      const late = await add('late', 500_000)
      const other = await add('other', 50_001)
      await hang(t, engine, [late.pack])
      const started = Date.now()
      const readers = Array.from({ length: 12 }, async (_, i) => {
        const args = [`if=${late.at}`, 'iflag=direct', 'of=/dev/null', 'status=none', 'bs=4096', `skip=${i}`] // prettier-ignore
        const { code } = await runProgram('dd', args)
        return { code, ms: Date.now() - started }
      })
      await delay(3000)
      t.equal((await runProgram('cat', [other.at])).stdout.length, 50_001)
      for (const { code, ms } of await Promise.all(readers)) {
        t.equal(code, 1)
        t.ok(ms < 2 * SOON_MS, `${ms} ms`)
      }
    }
  )

  await t.test('A file whose opening hung never shows up in the place of another.', async (t) => {
    const { kit, engine, at } = await stage(t, '60s', 'auto')
    const folder = tempFolder(t, 'opened')
    const cids: string[] = []
    for (const [i, size] of [3_000_000, 3_000_001].entries()) {
      writeFileSync(join(folder, `${i}`), Buffer.alloc(size, `content ${i} `))
      cids.push(await kit.add(join(folder, `${i}`)))
    }
    const [a, b] = cids as [string, string]
    const files = join(kit.home, 'blocks', 'files')
    const stored = readdirSync(files, { recursive: true, encoding: 'utf8' })
      .map((name) => join(files, name))
      .find((path) => statSync(path).isFile() && statSync(path).size === 3_000_000)!
    const inject = 'inject=openat:delay_exit=8000000'
    const options = ['-f', '-q', '-e', 'trace=openat', '-e', inject, '-P', stored, '-p']
    await slowed(t, engine, [...options, String(engine)])
    let child: ChildProcess | undefined
    const stuck = runProgram('head', ['-c1', at(a)], { onStart: (started) => (child = started) })
    await delay(1500)
    child!.kill('SIGINT')
    await stuck
    await kit.ok('pin', 'rm', a)
    await kit.ok('gc')
    await delay(1100)
    t.throws(() => statSync(at(a)), { code: 'ENOENT' })
    const early = await runProgram('cat', [at(b)])
    t.ok(early.stdout.equals(readFileSync(join(folder, '1'))), 'while it hangs')
    await delay(8000)
    t.ok((await runProgram('cat', [at(b)])).stdout.equals(readFileSync(join(folder, '1'))), 'after')
  })

  await t.test(
    'Who waits for a huge directory to be made ready can be interrupted at once, and holds up nobody else.',
    async (t) => {
      const { kit, engine, add, at } = await stage(t, '60s')
      const folder = tempFolder(t, 'huge')
      for (let i = 0; i < 6000; i++)
        writeFileSync(join(folder, `an entry of the directory, ${i}`), '')
      const packs = join(kit.home, 'blocks', 'packs')
      const before = readdirSync(packs)
      const cid = await kit.add(folder)
      const shards = readdirSync(packs).filter((one) => !before.includes(one))
      const other = await add('other', 5000)
      const tables = join(kit.home, 'blocks', 'tables')
      rmSync(tables, { recursive: true })
      statSync(at(cid))
      // A delay for each shard: the directory takes longer than the test.
      const inject = 'inject=pread64:delay_enter=500000'
      const paths = shards.flatMap((pack) => ['-P', join(packs, pack)])
      const options = ['-f', '-q', '-e', 'trace=pread64', '-e', inject, ...paths]
      const strace = await slowed(t, engine, [...options, '-p', String(engine)])
      let child: ChildProcess | undefined
      const listing = runProgram('ls', [at(cid)], { onStart: (started) => (child = started) })
      await delay(1500)
      const read = await runProgram('cat', [other.at])
      t.equal(read.stdout.length, 5000, 'others read meanwhile')
      const since = Date.now()
      child!.kill('SIGINT')
      t.equal((await listing).signal, 'SIGINT')
      t.ok(Date.now() - since < SOON_MS, `ended ${Date.now() - since} ms after Ctrl-C`)
      t.notOk(existsSync(tables), 'while it is still being made')
      strace.kill('SIGKILL')
      const again = await runProgram('ls', [at(cid)])
      t.equal(again.stdout.toString().trim().split('\n').length, 6000, 'asking again succeeds')
    }
  )
})
