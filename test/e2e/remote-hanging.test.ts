/** Many readers that wait for a backend which answers nothing, and what is here beside them. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { runProgram } from '../support/cli.js'
import { skipWithoutKuboMount as skip, Stage, V1 } from '../support/stage.js'

const MIB = 1 << 20
const READERS = 70

/** Returns whether a process waits for a page, in a sleep that only a signal that kills it ends. */
const isInKernel = (pid: number): boolean =>
  readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.startsWith('D')

t.test(
  'threats 42: what is here is read at once, with read-ahead, while many reads wait for what is not',
  { ...skip, timeout: 60_000 },
  async (t) => {
    const stage = await Stage.make(t, '--repo', 'off', '--timeout', '60s')
    const { kit, kubo } = stage
    const local = stage.file('local', randomBytes(8 * MIB))
    const here = await kit.add(local)
    const at = join(await stage.mount(t, '--open', 'none'), 'ipfs')
    const away = await stage.add(stage.file('away', randomBytes(READERS * MIB)), ...V1)
    // The size of the file is known then, and none of its bytes are here.
    t.equal(statSync(join(at, away)).size, READERS * MIB)
    kubo.signal('SIGSTOP')
    const readers = Array.from({ length: READERS }, (_, i) => {
      const args = [`if=${join(at, away)}`, 'of=/dev/null', 'bs=4096', 'count=1', `skip=${256 * i}`]
      return spawn('dd', args, { stdio: 'ignore' })
    })
    const hanging = (): number => readers.filter(({ pid }) => isInKernel(pid!)).length
    for (let i = 0; i < 100 && hanging() < READERS; i++) await delay(50)
    t.equal(hanging(), READERS, 'all of them wait for a page')
    const script = 'timeout 5 cmp "$1" "$2"'
    const read = await runProgram('sh', ['-c', script, 'sh', local, join(at, here)])
    t.equal(read.code, 0, read.stderr)
    const ended = readers.map((reader) => once(reader, 'exit'))
    for (const reader of readers) reader.kill('SIGKILL')
    kubo.signal('SIGCONT')
    await Promise.all(ended)
  }
)
