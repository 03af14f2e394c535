/** A file system in a file, of which a copy is what a power cut leaves: what was never synced is not in it. */
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { runProgram } from './cli.js'
import { sh } from './mount.js'

/** Why no file system can be made in a file here, or false. */
export async function noLoopMount(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'mounting an image needs root'
  const found = await runProgram('sh', ['-c', 'test -e /dev/loop-control && command -v mkfs.ext4'])
  return found.code === 0 ? false : 'there are no loop devices or no mkfs.ext4'
}

/** Stops a process, so that nothing is written while its disk is copied. */
export async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP')
  const tasks = `/proc/${child.pid}/task`
  const isStopped = (task: string): boolean =>
    /\) [TZX] /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8'))
  // A thread that is in a sync stops behind it.
  while (!readdirSync(tasks).every(isStopped)) await new Promise((resolve) => setImmediate(resolve))
}

/** Nothing is written before somebody asks for it, and a rename does not make content durable by itself. */
const LAZY = 'loop,commit=300,noauto_da_alloc'

export class CutDisk {
  /** Where it is mounted. */
  readonly path: string
  readonly #folder: string
  readonly #options: string

  private constructor(folder: string, options: string) {
    this.#folder = folder
    this.path = join(folder, 'disk')
    this.#options = options
  }

  /** @param options of ext4. */
  static async make(t: Test, folder: string, options = 'data=ordered'): Promise<CutDisk> {
    const disk = new CutDisk(folder, `${LAZY},${options}`)
    mkdirSync(disk.path)
    await sh('truncate -s 256M "$1/live.img" && mkfs.ext4 -q "$1/live.img"', folder)
    await disk.#mount('live')
    t.teardown(() => sh('umount "$1/disk" 2>/dev/null; true', folder))
    return disk
  }

  /** Takes the disk as a power cut now would leave it. Nobody may write to it meanwhile. */
  async cut(): Promise<void> {
    await sh('cp --sparse=always "$1/live.img" "$1/cut.img"', this.#folder)
  }

  /** Has the disk that was cut in the place of the other for as long as `work` takes. Nobody may use either. */
  async withCut(work: () => Promise<void>): Promise<void> {
    await this.#unmount()
    await this.#mount('cut')
    try {
      await work()
    } finally {
      await this.#unmount()
      await this.#mount('live')
    }
  }

  async #mount(image: 'live' | 'cut'): Promise<void> {
    await sh(`mount -o ${this.#options} "$1/${image}.img" "$1/disk"`, this.#folder)
  }

  async #unmount(): Promise<void> {
    await sh('umount "$1/disk"', this.#folder)
  }
}
