/**
 * Mixed load for as long as SOAK_SECONDS says: readers, lookups, interrupts, adds beside them,
 * gc. Not one wrong byte, and neither memory nor descriptors grow. `npm run soak` is half an hour.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { mounted, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

/** Long enough for the heaps of all threads to reach their size, which takes some 20 s of load. */
const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 90)
const FILES = 400
const SHARDED = 6000
const SAMPLE_MS = 500

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

interface Sample {
  /** Bytes of its own, not those of files. */
  readonly anonymous: number
  readonly descriptors: number
}

function sample(pid: number): Sample {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kilobytes = Number(/^Pss_Anon:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  return { anonymous: kilobytes * 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length }
}

t.test(
  `${SECONDS} seconds of mixed load`,
  { ...skipWithoutMount, timeout: (SECONDS + 300) * 1000 },
  async (t) => {
    const folder = tempFolder(t, 'soak')
    const kit = new Kit(join(folder, 'home'))
    const source = join(folder, 'source')
    const sums = new Map<string, string>()
    mkdirSync(join(source, 'sharded'), { recursive: true })
    for (let i = 0; i < FILES; i++) {
      const bytes = randomBytes(i % 40 === 0 ? 3_000_000 : randomInt(60_000))
      writeFileSync(join(source, `file ${i}`), bytes)
      sums.set(`file ${i}`, digestOf(bytes))
    }
    for (let i = 0; i < SHARDED; i++)
      writeFileSync(join(source, 'sharded', `an entry of the directory, ${i}`), String(i))
    const root = await kit.add(source)
    const path = await mounted(t, kit, folder)
    const at = (...names: string[]): string => join(path, 'ipfs', root, ...names)
    const { mounts } = await kit.json<{ mounts: { path: string; pids: number[] }[] }>('status')
    const engine = mounts.find((mount) => mount.path === path)!.pids[1]!
    const end = Date.now() + SECONDS * 1000
    const done = { reads: 0, lookups: 0, listings: 0, interrupts: 0, adds: 0, collections: 0 }
    const wrong: string[] = []
    const again = async (work: () => Promise<void>, pauseMs = 0): Promise<void> => {
      while (Date.now() < end) {
        await work()
        await delay(pauseMs)
      }
    }
    const anyFile = (): string => `file ${randomInt(FILES)}`

    const reading = async (): Promise<void> => {
      const name = anyFile()
      if (digestOf(await readFile(at(name))) !== sums.get(name)) wrong.push(name)
      done.reads++
    }
    const lookingUp = async (): Promise<void> => {
      const i = randomInt(SHARDED)
      const entry = at('sharded', `an entry of the directory, ${i}`)
      if ((await stat(entry)).size !== String(i).length) wrong.push(entry)
      const missing = await stat(at(`nobody ${i}`)).catch((error: { code: string }) => error.code)
      if (missing !== 'ENOENT') wrong.push(`a missing name: ${JSON.stringify(missing)}`)
      done.lookups++
    }
    const listing = async (): Promise<void> => {
      if ((await readdir(at('sharded'))).length !== SHARDED) wrong.push('sharded')
      if ((await readdir(at())).length !== FILES + 1) wrong.push('the root')
      // What the kernel remembers is taken from it: forgets come, and everything is asked anew.
      if (process.getuid?.() === 0) writeFileSync('/proc/sys/vm/drop_caches', '2')
      done.listings++
    }
    const interrupting = async (): Promise<void> => {
      await runProgram('sh', ['-c', 'cat "$1"/* > /dev/null 2>&1', 'sh', at()], {
        onStart: (child) => void setTimeout(() => child.kill('SIGINT'), randomInt(1, 60)).unref()
      })
      done.interrupts++
    }
    const adding = async (): Promise<void> => {
      const file = join(folder, 'added')
      const bytes = randomBytes(randomInt(1, 2_000_000))
      writeFileSync(file, bytes)
      const cid = await kit.add(file)
      if (digestOf(await readFile(join(path, 'ipfs', cid))) !== digestOf(bytes)) wrong.push(cid)
      await kit.ok('pin', 'rm', cid)
      done.adds++
    }
    const collecting = async (): Promise<void> => {
      await kit.ok('gc')
      done.collections++
    }
    const samples: Sample[] = []
    const watching = async (): Promise<void> => void samples.push(sample(engine))

    await Promise.all([
      again(reading),
      again(reading),
      again(lookingUp),
      again(listing, 200),
      again(interrupting, 50),
      again(adding, 100),
      again(collecting, 3000),
      again(watching, SAMPLE_MS)
    ])
    t.comment(JSON.stringify(done))
    t.same(wrong, [], 'not one wrong byte')
    for (const [what, count] of Object.entries(done)) t.ok(count > 0, `${count} ${what}`)
    const quarter = Math.floor(samples.length / 4)
    const early = samples.slice(quarter, 2 * quarter)
    const late = samples.slice(-quarter)
    for (const [key, slack] of [
      ['anonymous', 16 << 20],
      ['descriptors', 16]
    ] as const) {
      const least = Math.min(...late.map((one) => one[key]))
      const most = Math.max(...early.map((one) => one[key]))
      t.ok(least <= most + slack, `${key}: ${least} at the end, up to ${most} early on`)
      t.comment(
        `${key}: ${most} early, ${least} … ${Math.max(...late.map((one) => one[key]))} late`
      )
    }
    const { bad } = await kit.json<{ bad: unknown[] }>('fsck', '--read-data')
    t.same(bad, [])
  }
)
