/**
 * kill -9 and power cuts at random points of a process that appends to the log: nothing acknowledged
 * is lost, no group is there by half. CRASH_RUNS sets how often it is killed.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { archivesIn } from '../../src/wal/layout.js'
import { readArchive } from '../../src/wal/read-archive.js'
import { readOperations } from '../../src/wal/replay.js'
import { faultsOf } from '../support/log-groups.js'
import { sh } from '../support/mount.js'
import { script } from '../support/paths.js'
import { noLoopMount, stopped } from '../support/power-cut.js'
import { randomOf } from '../support/random.js'
import { tempFolder } from '../support/temp.js'
import { openLog } from '../support/wal.js'

const RUNS = Number(process.env['CRASH_RUNS'] ?? 100)
const LANES = 2

interface Writer {
  readonly child: ChildProcess
  readonly lines: string[]
  /** Resolves with the lines that were said before the end. */
  readonly over: Promise<readonly string[]>
  /** Resolves after so many lines, or at the end. */
  said(count: number): Promise<void>
}

function start(name: string, args: readonly string[]): Writer {
  const child = spawn(process.execPath, [script(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'] }) // prettier-ignore
  const lines: string[] = []
  let rest = ''
  let isOver = false
  const waiters: { readonly count: number; readonly go: () => void }[] = []
  const wake = (): void => {
    for (const { count, go } of waiters) if (isOver || lines.length >= count) go()
  }
  child.stdout.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n')
    rest = parts.pop()!
    lines.push(...parts)
    wake()
  })
  const over = new Promise<readonly string[]>((resolve) =>
    child.on('close', () => {
      isOver = true
      wake()
      resolve(lines)
    })
  )
  const said = (count: number): Promise<void> =>
    new Promise((go) => {
      waiters.push({ count, go })
      wake()
    })
  return { child, lines, over, said }
}

async function lane(folder: string, seed: number, runs: number): Promise<string[]> {
  const next = randomOf(seed)
  const faults: string[] = []
  const said: string[] = []
  for (let run = 0; run < runs; run++) {
    const appenders = String([1, 3, 20][run % 3])
    const writer = start('log-writer', [folder, `${seed}.${run}`, appenders])
    await writer.said(1 + Math.floor(next() * 60))
    // A part of the time of a write later: in it, between it and its sync, after it.
    await new Promise((resolve) => setTimeout(resolve, next() * 2))
    writer.child.kill('SIGKILL')
    said.push(...(await writer.over))
    faults.push(...faultsOf(folder, said).map((fault) => `run ${run}: ${fault}`))
    if (faults.length > 0) break
  }
  return faults
}

t.test(
  'threats 84: kill -9 of an appender loses nothing and halves nothing',
  { timeout: 600_000 },
  async (t) => {
    const lanes = await Promise.all(
      Array.from({ length: LANES }, (_, i) => lane(tempFolder(t, 'wal-kill'), i + 1, RUNS / LANES))
    )
    t.same(lanes.flat(), [])
  }
)

t.test(
  'threats 84: kill -9 while operations are archived loses none and has none twice',
  { timeout: 600_000 },
  async (t) => {
    const folder = tempFolder(t, 'wal-archive')
    const next = randomOf(7)
    const begun = new Set<string>()
    const done = new Set<string>()
    for (let run = 0; run < RUNS / 8; run++) {
      const writer = start('operation-writer', [folder])
      await writer.said(20)
      await new Promise((resolve) => setTimeout(resolve, next() * 1000))
      writer.child.kill('SIGKILL')
      for (const line of await writer.over) {
        const [what, id = ''] = line.split(' ')
        if (what === 'begun') begun.add(id)
        if (what === 'done') done.add(id)
      }
    }
    const archived = (
      await Promise.all(archivesIn(folder).map((one) => readArchive(folder, one)))
    ).flat()
    const all = [...archived, ...readOperations(folder)]
    const states = new Map(all.map((record) => [record.operation_id, record.status]))
    t.ok(archived.length > 0, `${archived.length} of ${begun.size} were archived`)
    t.equal(states.size, all.length, 'none is there twice')
    t.same(
      [...begun].filter((id) => !states.has(id)),
      [],
      'none is lost'
    )
    t.same(
      [...done].filter((id) => states.get(id) !== 'completed'),
      [],
      'what was done stays so'
    )
  }
)

t.test(
  'threats 84: a power cut loses nothing that was acknowledged',
  { skip: await noLoopMount(), timeout: 300_000 },
  async (t) => {
    const folder = tempFolder(t, 'wal-power')
    const live = join(folder, 'live')
    const after = join(folder, 'after')
    for (const path of [live, after]) mkdirSync(path)
    await sh('truncate -s 64M "$1/live.img" && mkfs.ext4 -q "$1/live.img" && mount -o loop,commit=30 "$1/live.img" "$1/live"', folder) // prettier-ignore
    let writer: Writer | undefined
    t.teardown(async () => {
      writer?.child.kill('SIGKILL')
      await writer?.over
      await sh('umount "$1/live"; umount "$1/after" 2>/dev/null; true', folder)
    })
    const said: string[] = []
    for (let cut = 0; cut < 10; cut++) {
      writer = start('log-writer', [join(live, 'wal'), `cut${cut}`, cut % 2 === 0 ? '1' : '10'])
      await writer.said(30 + 17 * cut)
      await stopped(writer.child)
      const acknowledged = [...said, ...writer.lines]
      // The disk of that moment, without what the kernel had only in memory.
      await sh('cp --sparse=always "$1/live.img" "$1/after.img" && mount -o loop "$1/after.img" "$1/after"', folder) // prettier-ignore
      const copy = join(after, 'wal')
      const { wal, warnings } = await openLog(copy)
      t.same(faultsOf(copy, acknowledged), [], `cut ${cut}: ${warnings.join()}`)
      await wal.append(1, Buffer.from('after 0 0 '))
      await wal.close()
      await sh('umount "$1/after"', folder)
      writer.child.kill('SIGKILL')
      said.push(...(await writer.over))
    }
  }
)
