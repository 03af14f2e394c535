/**
 * The raw driver: worker threads read /dev/fuse and write the answers themselves, without libfuse
 * or an addon. Linux only.
 */
import { closeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { MountEntry } from '../../../core/mount-table.js'
import { KitError } from '../../../core/errors.js'
import type { AttachedMount, FuseDriver, MountOptions, MountReport } from '../../driver.js'
import { detach } from '../../detach.js'
import { reserveFailures } from '../../failures.js'
import { ownMountAt } from '../../mountinfo.js'
import { raiseReadAhead } from '../../read-ahead.js'
import { reserveInodes } from '../../../../vfs/inode-table.js'
import { attach } from './attach.js'
import { reserveGate } from './start-gate.js'
import { ServingThreads, type MountMemory, type RawDriverPorts } from './thread-pool.js'
import { OpenFiles, reserveOpenFiles, type OpenFilesMemory } from './open-files.js'
import { reserveCounts } from './request-counts.js'
import { reserveSiblings } from './siblings.js'
import { reserveCurrentRequests } from './current-requests.js'

const THREADS = 2
/** Maximum number of nodes that the kernel can hold; their memory becomes resident on use. */
const MAX_NODES = 4_000_000
/** Wait for the threads to end after a failed start. */
const FAILED_START_MS = 100

export class RawDriver implements FuseDriver {
  readonly name = 'raw'
  readonly #home: string
  readonly #ports: RawDriverPorts
  readonly #maxNodes: number

  constructor(home: string, ports: RawDriverPorts, maxNodes = MAX_NODES) {
    this.#home = home
    this.#ports = ports
    this.#maxNodes = maxNodes
  }

  async mount(path: string, options: MountOptions): Promise<AttachedMount> {
    const memory: MountMemory = {
      gate: reserveGate(),
      inodes: reserveInodes(this.#maxNodes),
      files: reserveOpenFiles(this.#maxNodes),
      siblings: reserveSiblings(this.#maxNodes),
      currentRequests: reserveCurrentRequests(),
      counts: reserveCounts(),
      failures: reserveFailures()
    }
    const threads = new ServingThreads(this.#ports, memory, options)
    const ready = threads.start(THREADS)
    // It is awaited below; if attach fails first, its rejection must not be unhandled.
    ready.catch(() => undefined)
    let fd: number
    try {
      fd = await attach(path, this.#home, options)
    } catch (error) {
      threads.dismiss()
      throw error
    }
    threads.attached(fd)
    const mounted = ownMountAt(path)
    const mount = new RawMount(mounted?.device ?? '', fd, threads)
    try {
      await ready
      raiseReadAhead(mount.device)
      mount.open = await openMode(memory.files, options)
      // Started last, so that its start does not slow the serving threads down.
      threads.startPusher()
      if (this.#ports.isFetching()) threads.prepareAnswering()
      return mount
    } catch (error) {
      // If all threads died, the descriptor is closed by now and umount needs no answer. Otherwise
      // the serving threads must see the unmount before the descriptor is closed.
      await Promise.race([mount.done, delay(FAILED_START_MS)])
      await takeAway(mounted, mount).catch((failure: unknown) =>
        this.#ports.log.error('a mount that failed to start cannot be taken away', failure)
      )
      throw error
    }
  }
}

async function takeAway(mounted: MountEntry | undefined, mount: RawMount): Promise<void> {
  if (mounted !== undefined) await detach(mounted, 'abort')
  await mount.abort()
}

/** Returns the resolved open mode. @throws UNSUPPORTED if passthrough is demanded but not possible. */
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
  readonly device: string
  readonly done: Promise<void>
  open: AttachedMount['open'] = 'none'
  readonly #threads: ServingThreads

  constructor(device: string, fd: number, threads: ServingThreads) {
    this.device = device
    this.#threads = threads
    this.done = threads.ended().then(() => closeSync(fd))
  }

  report(): MountReport {
    return this.#threads.report()
  }

  async rest(): Promise<void> {
    await this.#threads.rest()
  }

  /** Ends the threads; closing the last descriptor then ends the connection. */
  async abort(): Promise<void> {
    await this.#threads.end()
  }
}
