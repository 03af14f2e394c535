/**
 * A real service manager of a user with a journal, in namespaces of its own, where the machine itself
 * was not started by systemd: what it starts and mounts is gone with it.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { runProgram, type Run } from './cli.js'
import { noMount } from './mount.js'

const SYSTEMD = '/lib/systemd/systemd'
/** The hierarchy in which systemd keeps its services, by version 1 or 2 of cgroups, or by both. */
const HIERARCHIES = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup'].filter(
  (path) => existsSync(path)
)
const CGROUPS = HIERARCHIES[0] ?? '/sys/fs/cgroup'

export function noSystemd(): string | false {
  if (!existsSync(SYSTEMD)) return 'systemd is not installed'
  const reason = noMount()
  if (reason !== false) return reason
  const group = join(CGROUPS, `ipfs-kit-probe-${process.pid}`)
  try {
    mkdirSync(group)
    rmdirSync(group)
    return false
  } catch {
    return 'no cgroup can be made here'
  }
}

const START = `set -e
mount --make-rprivate /
mount -t tmpfs none /run
mkdir -p /run/systemd/system /run/systemd/journal /run/user/0 /run/log/journal "$HOME"
# By this path the journal knows the units of a user.
own="$GROUP/user.slice/user-0.slice/user@0.service"
mkdir -p "$own"
chmod 700 /run/user/0
echo $$ > "$GROUP/cgroup.procs"
/lib/systemd/systemd-journald >/dev/null 2>&1 &
sh -c 'echo $$ > "$0/cgroup.procs"; exec /lib/systemd/systemd --user' "$own" >"$HOME/manager.log" 2>&1 &
wait`

export class UserManager {
  readonly #env: NodeJS.ProcessEnv
  /** The first process of the namespaces. */
  readonly #pid: number

  private constructor(env: NodeJS.ProcessEnv, pid: number) {
    this.#env = env
    this.#pid = pid
  }

  /** @param home of the user. */
  static async start(t: Pick<Test, 'teardown'>, home: string): Promise<UserManager> {
    const name = `ipfs-kit-test-${process.pid}`
    const group = join(CGROUPS, name)
    mkdirSync(group)
    const env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: '/run/user/0', GROUP: group, NO_COLOR: '1', SYSTEMD_PAGER: '', XDG_CONFIG_HOME: join(home, '.config') } // prettier-ignore
    const child = spawn('unshare', ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', START], { env, stdio: 'ignore' }) // prettier-ignore
    const ended = new Promise((resolve) => child.on('close', resolve))
    t.teardown(async () => {
      child.kill('SIGKILL')
      await ended
      // The manager has made the same group in the other hierarchies.
      for (const hierarchy of HIERARCHIES) await removeGroup(join(hierarchy, name))
    })
    const manager = new UserManager(env, await firstChildOf(child.pid!))
    await manager.until('systemctl --user is-system-running', /running|degraded/)
    return manager
  }

  /** Runs a script inside. */
  run(script: string): Promise<Run> {
    const words = ['--target', String(this.#pid), '--mount', '--pid', 'sh', '-c', script]
    return runProgram('nsenter', words, { env: this.#env })
  }

  async ok(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(script)
    if (code !== 0) throw new Error(`${script}: exit ${code}: ${stderr}${stdout.toString()}`)
    return stdout.toString().trim()
  }

  /** Runs a script until it prints what is wanted, for a minute at most. */
  async until(script: string, wanted: RegExp): Promise<string> {
    let last = ''
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(100)) {
      const { stdout, stderr } = await this.run(script)
      last = stdout.toString()
      if (wanted.test(last)) return last
      last += stderr
    }
    throw new Error(`${script} never printed ${wanted}, but: ${last}`)
  }
}

async function firstChildOf(pid: number): Promise<number> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(20)) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    if (children !== '') return Number(children.split(' ')[0])
  }
  throw new Error('the namespaces did not come up')
}

/** Removes a cgroup with those below it. The kernel takes a moment to let go of its processes. */
async function removeGroup(group: string): Promise<void> {
  for (let tries = 0; tries < 100 && existsSync(group); tries++) {
    try {
      removeTree(group)
      return
    } catch {
      await delay(50)
    }
  }
}

function removeTree(group: string): void {
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(group, entry.name))
  rmdirSync(group)
}
