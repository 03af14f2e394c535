/**
 * The raw driver: worker threads that read /dev/fuse and write the answers themselves.
 * No libfuse, no addon; Linux only.
 */
import { closeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { KitError } from '../../../core/errors.js'
import type { AttachedMount, FuseDriver, MountOptions, MountReport } from '../../driver.js'
import { detach } from '../../detach.js'
import { raiseReadAhead } from '../../read-ahead.js'
import { reserveInodes } from '../../../../vfs/inode-table.js'
import { attach } from './attach.js'
import { reserveGate } from './gate.js'
import { ServingThreads, type MountMemory, type RawDriverPorts } from './thread-pool.js'
import { OpenFiles, reserveOpenFiles, type OpenFilesMemory } from './open-files.js'
import { reserveCounts } from './request-counts.js'
import { reserveSiblings } from './siblings.js'
import { reserveCurrentRequests } from './current-requests.js'

const THREADS = 2
/** Most nodes the kernel may hold; their memory is touched as they are used. */
const MAX_NODES = 4_000_000
/** How long threads may take to notice that the mount is gone. */
const DRAIN_MS = 5000
/** How long threads that failed to start take to end. */
const DYING_MS = 100

export class RawDriver implements FuseDriver {
  readonly name = 'raw'
  readonly #home: string
  readonly #ports: RawDriverPorts

  constructor(home: string, ports: RawDriverPorts) {
    this.#home = home
    this.#ports = ports
  }

  async mount(path: string, options: MountOptions): Promise<AttachedMount> {
    const memory: MountMemory = {
      gate: reserveGate(),
      inodes: reserveInodes(MAX_NODES),
      files: reserveOpenFiles(MAX_NODES),
      siblings: reserveSiblings(MAX_NODES),
      currentRequests: reserveCurrentRequests(),
      counts: reserveCounts()
    }
    const threads = new ServingThreads(this.#ports, memory, options)
    const ready = threads.start(THREADS)
    // It is awaited below, unless something else fails first.
    ready.catch(() => undefined)
    let fd: number
    try {
      fd = await attach(path, this.#home, options)
    } catch (error) {
      threads.dismiss()
      throw error
    }
    threads.attached(fd)
    const mount = new RawMount(path, fd, threads)
    try {
      await ready
      raiseReadAhead(path)
      mount.open = await openMode(memory.files, options)
      // Not before the mount is ready: it would be in the way of the threads that serve.
      threads.startPusher()
      if (this.#ports.isFetching()) threads.prepareAnswering()
      return mount
    } catch (error) {
      // Where all threads died it is closed by now, and nobody has to answer umount. Else those
      // that serve see the end of it: closing under them would be worse.
      await Promise.race([mount.done, delay(DYING_MS)])
      await mount.unmount(true).catch((failure: unknown) => console.error(failure))
      throw error
    }
  }
}

/** @throws UNSUPPORTED when passthrough was asked for and is not to be had. */
async function openMode(
  memory: OpenFilesMemory,
  options: MountOptions
): Promise<AttachedMount['open']> {
  const mode = await new OpenFiles(memory, options.open).mode()
  if (options.open === 'passthrough' && mode === 'none')
    throw new KitError(
      'UNSUPPORTED',
      'the kernel does not allow passthrough here: it needs Linux 6.9, root, and a home on a plain file system; leave --open out'
    )
  return mode
}

class RawMount implements AttachedMount {
  readonly done: Promise<void>
  open: AttachedMount['open'] = 'none'
  readonly #path: string
  readonly #threads: ServingThreads

  constructor(path: string, fd: number, threads: ServingThreads) {
    this.#path = path
    this.#threads = threads
    this.done = threads.ended().then(() => closeSync(fd))
  }

  report(): MountReport {
    return this.#threads.report()
  }

  async unmount(force: boolean): Promise<void> {
    await detach(this.#path, force)
    const late = new Promise<'late'>((resolve) => {
      setTimeout(() => resolve('late'), DRAIN_MS).unref()
    })
    if ((await Promise.race([this.done, late])) === 'late')
      throw new KitError('TIMEOUT', `${this.#path} is unmounted, but its threads do not end`)
  }
}
