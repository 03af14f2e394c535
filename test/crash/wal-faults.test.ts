/**
 * Disks that fail under the log: writes and syncs that report an error, a full file system, writes that
 * end short. Nothing is acknowledged that is not there afterwards. The faults are the kernel's own, or
 * injected by strace at the system call.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isKitError } from '../../src/core/errors.js'
import { logFolder } from '../../src/wal/layout.js'
import { readLog } from '../../src/wal/read-log.js'
import { runProgram } from '../support/cli.js'
import { faultsOf } from '../support/log-groups.js'
import { sh } from '../support/mount.js'
import { script } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'
import { homeLog, openLog } from '../support/wal.js'

const strace = await runProgram('strace', ['-V']).then(
  () => false as const,
  () => 'strace is not installed'
)

const entriesIn = (folder: string): number => [...readLog(folder, 1)].length

/** Checks what a writer said against the log that it left, and goes on with it. */
async function check(
  t: Pick<typeof import('tap').default, 'same' | 'equal'>,
  folder: string,
  said: readonly string[],
  name: string
): Promise<void> {
  // prettier-ignore
  const opened = said.findIndex((line) => line.startsWith('opened'))
  const failed = said.findIndex((line) => line.startsWith('error'))
  const acknowledged = said.filter((line) => line.startsWith('entry'))
  t.same(faultsOf(folder, said), [], name)
  if (failed >= 0 && opened >= 0)
    t.same(said.slice(failed).filter((line) => line.startsWith('entry')), [], `${name}: nothing after a failure`) // prettier-ignore
  const { wal } = await openLog(folder)
  const count = acknowledged.reduce((sum, line) => sum + Number(line.split(' ')[3]), 0)
  t.equal(wal.end, count, `${name}: what was not acknowledged is not there`)
  await wal.append(1, Buffer.from('later 0 0 '))
  await wal.close()
  t.same(faultsOf(folder, said), [], name)
}

t.test(
  'threats 84: whichever write or sync of the log fails, nothing after it is acknowledged',
  { skip: strace, timeout: 300_000 },
  async (t) => {
    for (const call of ['pwrite64', 'fdatasync', 'fsync', 'rename']) {
      let hits = 0
      for (let k = 1; k < 30; k++) {
        const folder = join(tempFolder(t, 'wal-faults'), 'wal')
        const log = `${folder}.strace`
        const writer = [process.execPath, script('log-writer'), folder, 'run', '1', '10', '3000']
        const { stdout } = await runProgram('strace', ['-f', '-y', '--seccomp-bpf', '-o', log, '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=${k}`, ...writer]) // prettier-ignore
        const isHit = readFileSync(log, 'utf8').split('\n').some((line) => line.includes('(INJECTED)') && line.includes(folder)) // prettier-ignore
        if (!isHit) break
        hits++
        const said = stdout.toString().split('\n')
        if (said.some((line) => line.startsWith('opened')))
        t.ok(said.some((line) => /^error IO .*EIO/.test(line)), `${call} ${k}: ${said.join('|').slice(0, 300)}`) // prettier-ignore
        await check(t, folder, said, `${call} ${k}`)
      }
      t.ok(hits > 1, `${call} fails ${hits} times`)
    }
  }
)

t.test('threats 84: a write that ends short is no entry', async (t) => {
  // Kernel limit on the size of a file: the write that crosses it is cut short, the next fails.
  for (const blocks of [1, 2, 3, 5, 8]) {
    const folder = join(tempFolder(t, 'wal-short'), 'wal')
    const limited = `trap "" XFSZ; ulimit -f ${blocks}; exec "$@"`
    const writer = [process.execPath, script('log-writer'), folder, 'run', '1', '40', '100000']
    const { stdout } = await runProgram('sh', ['-c', limited, 'sh', ...writer])
    const said = stdout.toString().split('\n')
    t.ok(
      said.some((line) => line.startsWith('error TOO_LARGE')),
      said.slice(0, 5).join('|')
    )
    await check(t, folder, said, `${blocks} blocks`)
  }
})

t.test(
  'threats 84: a full disk is NO_SPACE, and the log goes on when there is room again',
  {
    skip: process.getuid?.() === 0 ? false : 'making a small file system needs root',
    timeout: 120_000
  },
  async (t) => {
    const folder = tempFolder(t, 'wal-full')
    const small = join(folder, 'small')
    mkdirSync(small)
    await sh('mount -t tmpfs -o size=1m,mode=700 ipfs-kit-test "$1"', small)
    t.teardown(() => sh('umount "$1"', small))
    writeFileSync(join(small, 'filler'), Buffer.alloc(700_000, 'x'))
    const home = homeLog(small)
    const { wal } = await home.open()
    let acknowledged = 0
    const failure = await (async () => {
      for (;;) {
        await wal.append(9, Buffer.alloc(10_000, 'x'))
        acknowledged++
      }
    })().catch((error: unknown) => error)
    t.ok(isKitError(failure, 'NO_SPACE'), String(failure))
    t.ok(acknowledged > 10)
    await t.rejects(wal.append(9, Buffer.from('small')), { code: 'NO_SPACE', message: /until the log is opened again/ }) // prettier-ignore
    const path = logFolder(small)
    t.equal(entriesIn(path), acknowledged)
    const sizes = readdirSync(path).map((name) => statSync(join(path, name)).size)
    t.ok(
      sizes.every((size) => size < acknowledged * 10_100),
      'what did not fit gave its room back'
    )
    rmSync(join(small, 'filler'))
    const { wal: again, operations } = await home.open()
    t.not(again, wal)
    t.equal(again.end, acknowledged)
    await operations.begin({ operation_type: 'store', backend: 'disk', parameters: {} })
    t.equal(entriesIn(path), acknowledged + 1)
    await home.close()
  }
)
