/** A folder of a real OpenSSH server, mounted by sshfs. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { readMounts, type MountEntry } from '../../src/core/mount-table.js'
import { skipWithoutOpenSsh, type OpenSsh } from './openssh.js'

const READY_MS = 10_000

export const skipWithoutSshfs = { skip: skipWithoutOpenSsh.skip || whyNot() }

function whyNot(): string | false {
  if (spawnSync('sshfs', ['--version']).status !== 0) return 'sshfs is not installed'
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return false
  } catch {
    return 'there is no /dev/fuse'
  }
}

export class Sshfs {
  readonly point: string
  readonly source: string
  readonly #server: OpenSsh
  #mount: ChildProcess | undefined

  private constructor(server: OpenSsh, source: string, point: string) {
    this.#server = server
    this.source = source
    this.point = point
  }

  /** Mounts a folder of a server. It is unmounted with the test. */
  static async mount(
    t: Pick<Test, 'teardown'>,
    server: OpenSsh,
    folder: string,
    point: string
  ): Promise<Sshfs> {
    mkdirSync(point, { recursive: true })
    const sshfs = new Sshfs(server, `${server.user}@${server.host}:${folder}`, point)
    t.teardown(() => sshfs.unmount())
    await sshfs.mount()
    return sshfs
  }

  /** The mount, as the kernel's table has it. */
  get entry(): MountEntry | undefined {
    return readMounts().find(({ path }) => path === this.point)
  }

  async mount(): Promise<void> {
    const { port, identityFile, knownHosts } = this.#server
    const options = [`port=${port}`, `IdentityFile=${identityFile}`, `UserKnownHostsFile=${knownHosts}`, 'StrictHostKeyChecking=yes', 'IdentityAgent=none'] // prettier-ignore
    const args = [this.source, this.point, '-f', ...options.flatMap((option) => ['-o', option])]
    const mount = spawn('sshfs', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#mount = mount
    let said = ''
    mount.stderr.on('data', (data: Buffer) => (said += data.toString()))
    const late = Date.now() + READY_MS
    while (this.entry === undefined) {
      if (mount.exitCode !== null || Date.now() > late) throw new Error(`sshfs: ${said}`)
      await delay(25)
    }
  }

  /** Unmounts it, also where the server does not answer. */
  async unmount(): Promise<void> {
    const mount = this.#mount
    if (this.entry !== undefined) execFileSync('fusermount3', ['-u', '-z', this.point])
    if (mount === undefined || mount.exitCode !== null || mount.signalCode !== null) return
    mount.kill('SIGKILL')
    await once(mount, 'exit')
  }
}
