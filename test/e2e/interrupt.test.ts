/** Ctrl-C of a command: its work ends in the owner of the home too, and the command by the signal. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { runProgram } from '../support/cli.js'
import { MAIN } from '../support/paths.js'
import { Stage, skipWithoutKuboMount } from '../support/stage.js'

interface Metrics {
  readonly remote: {
    readonly fetch: { readonly in_flight: number; readonly queued: number }
  } | null
}

t.test(
  'threats 61: a command that is interrupted leaves no work behind in the owner',
  { ...skipWithoutKuboMount, timeout: 120_000 },
  async (t) => {
    const stage = await Stage.make(t, '--repo', 'off', '--timeout', '60s')
    const { kit, kubo } = stage
    const cid = await stage.add(stage.file('large', randomBytes(40 << 20)))
    await kit.ok('daemon', 'start')
    t.teardown(() => kit.run(['daemon', 'stop']))
    const underWay = async (): Promise<number> => {
      const { remote } = await kit.json<Metrics>('metrics')
      return remote === null ? 0 : remote.fetch.in_flight + remote.fetch.queued
    }
    const until = async (what: (count: number) => boolean): Promise<number> => {
      for (let i = 0; i < 100; i++) {
        const count = await underWay()
        if (what(count)) return count
        await delay(50)
      }
      return await underWay()
    }
    // Nothing is answered any more: whatever is asked for stays under way.
    kubo.signal('SIGSTOP')
    t.teardown(() => kubo.signal('SIGCONT'))
    const { signal, code } = await kit.run(['cache', 'warm', cid], {
      onStart: (child) => {
        void until((count) => count > 0).then((count) => {
          t.ok(count > 0, 'the owner works for the command')
          child.kill('SIGINT')
        })
      }
    })
    t.same({ signal, code }, { signal: 'SIGINT', code: null }, 'it ends by the signal')
    t.equal(await until((count) => count === 0), 0, 'nothing is under way')
  }
)

t.test('a shell loop around an interrupted command stops', { timeout: 60_000 }, async (t) => {
  // As a terminal does, the signal goes to all of the group.
  const script = `
    set -m
    bash -c 'for i in 1 2 3; do yes | "$0" "$1" --home "$2" add -n - >/dev/null 2>&1; echo again; done' "$1" "$2" "$3" &
    sleep 3
    kill -INT -- -$!
    wait $!
    echo "ended $?"`
  const { stdout } = await runProgram('bash', ['-c', script, 'bash', process.execPath, MAIN, '/nonexistent/home']) // prettier-ignore
  t.equal(stdout.toString(), 'ended 130\n', 'threats 61')
})
