/** Ctrl-C of a command: its work ends in the owner of the home too, and the command by the signal. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { httpServer } from '../servers/http.js'
import { MAIN } from '../support/paths.js'
import { Stage, skipWithoutKuboMount } from '../support/stage.js'
import { rawCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

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

t.test(
  'threats 61: each signal ends a command as if nobody had listened, and nothing half-made is left',
  { timeout: 240_000 },
  async (t) => {
    const folder = tempFolder(t, 'signals')
    const kit = new Kit(join(folder, 'home'))
    const out = join(folder, 'out')
    mkdirSync(out)
    // Many blocks, so that each command takes longer than it takes to send a signal.
    const source = join(folder, 'source')
    mkdirSync(source)
    for (let i = 0; i < 20; i++) {
      writeFileSync(join(source, `${i}`), `${i}`)
      truncateSync(join(source, `${i}`), 64 << 20)
    }
    const cid = await kit.add(source)
    writeFileSync(join(folder, 'large'), randomBytes(192 << 20))
    const large = await kit.add(join(folder, 'large'))
    const silent = await httpServer(t, () => undefined)
    const asking = new Kit(join(folder, 'asking'))
    await asking.ok('backend', 'add', 'web', '--type', 'gateway', '--url', silent, '--timeout', '60s') // prettier-ignore
    const absent = String(rawCid(Buffer.from('nobody answers for it')))
    const commands: [Kit, ...string[]][] = [
      [kit, 'get', cid, '-o', join(out, 'got')],
      [kit, 'car', 'export', large, '-o', join(out, 'x.car')],
      [kit, 'add', '--no-pin', source],
      [kit, 'fsck', '--read-data'],
      [asking, 'cat', absent],
      [asking, 'get', absent, '-o', join(out, 'got')],
      [asking, 'explain', '--fetch', absent]
    ]
    const begun = async (): Promise<void> => {
      for (let i = 0; i < 60 && readdirSync(out).length === 0; i++) await delay(5)
    }
    for (const [one, ...words] of commands)
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        const ended = await one.run(words, {
          onStart: (child) => void begun().then(() => child.kill(signal))
        })
        t.equal(ended.signal, signal, `${words.slice(0, 2).join(' ')}: ${signal}`)
        t.same(readdirSync(out), [], 'nothing half-made')
      }
  }
)

t.test('who writes for a reader that is gone ends by SIGPIPE, and says nothing', async (t) => {
  const folder = tempFolder(t, 'pipe')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'big'), '')
  truncateSync(join(folder, 'big'), 8 << 20)
  const cid = await kit.add(join(folder, 'big'))
  for (const words of [['cat', cid], ['car', 'export', cid], ['ls', cid], ['help']]) {
    const script = '{ "$@"; echo "ended $?" >&2; } | true'
    const command = [process.execPath, MAIN, '--home', kit.home, ...words]
    const { stderr } = await runProgram('bash', ['-c', script, 'bash', ...command])
    t.match(stderr, /^(?:.*Broken pipe.*\n)?ended 141\n$/, words[0]!)
  }
})
