/**
 * Holds the mounts that one engine serves. A mount that was taken away may still be held, by
 * another mount namespace, a bind mount or an open file: it is served until they let go, and its
 * path is free for another.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { readMounts } from '../core/mount-table.js'
import { KitError } from '../core/errors.js'
import { detach } from '../mount/detach.js'
import type { AttachedMount, DriverName, FuseDriver, MountOptions } from '../mount/driver.js'
import { wholeMountOf } from '../mount/mountinfo.js'
import { mountNamespace } from '../mount/namespace.js'
import type { EngineMount, ServedMount } from '../operations/engine-report.js'
import type { EngineMessage } from '../mount/supervisor.js'

/** How long an unmount waits for the mount to be gone, before it counts as held. */
const SETTLE_MS = 200

/** A mount, or one that is being made: then `attached` is missing. */
interface Session {
  readonly id: number
  readonly path: string
  readonly driver: DriverName
  attached?: AttachedMount
}

export interface Unmounting {
  readonly path: string
  /** Even while files are open; whoever holds the mount then gets errors. */
  readonly force: boolean
  /** Device of the file system that is meant; without one, that of the mount at the path. */
  readonly device?: string | undefined
}

export class Mounts {
  readonly #home: string
  readonly #driverNamed: (name: DriverName) => Promise<FuseDriver>
  readonly #tell: (message: EngineMessage) => void
  readonly #sessions = new Set<Session>()
  #lastId = 0

  /** @param tell receives what the supervisor must know to clean up. */
  constructor(
    home: string,
    driverNamed: (name: DriverName) => Promise<FuseDriver>,
    tell: (message: EngineMessage) => void
  ) {
    this.#home = home
    this.#driverNamed = driverNamed
    this.#tell = tell
  }

  /** The paths where something is mounted, or about to be. */
  get paths(): string[] {
    return this.status().flatMap(({ path, isHeld }) => (isHeld ? [] : [path]))
  }

  /**
   * Mounts at a path.
   * @param gone called when nobody has the mount any more.
   * @param signal whoever asked for the mount does not want it any more: it is taken away as soon as it is made.
   * @throws EXISTS where that path is mounted already, and what the driver throws.
   */
  async mount(
    path: string,
    options: MountOptions,
    gone: () => void,
    signal?: AbortSignal
  ): Promise<void> {
    if (this.paths.includes(path)) throw new KitError('EXISTS', `${path} is mounted already`)
    const session: Session = { id: ++this.#lastId, path, driver: options.driver }
    // Known before it is mounted, so that nobody takes the new mount for a stale one.
    this.#sessions.add(session)
    this.#tell({ type: 'mounted', id: session.id, path })
    try {
      const driver = await this.#driverNamed(options.driver)
      const attached = (session.attached = await driver.mount(path, options))
      this.#tell({ type: 'mounted', id: session.id, path, device: attached.device })
      void attached.done.then(() => this.#end(session)).then(gone)
    } catch (error) {
      this.#end(session)
      throw error
    }
    if (signal?.aborted !== true) return
    await this.unmount({ path, force: true, device: session.attached.device })
    throw signal.reason
  }

  #end(session: Session): void {
    this.#sessions.delete(session)
    this.#tell({ type: 'unmounted', id: session.id })
  }

  /**
   * Unmounts. Returns when the mount is gone, or is held by others.
   * @throws PATH_NOT_FOUND; EXISTS for a mount that is in use, unless forced.
   */
  async unmount({ path, force, device }: Unmounting): Promise<void> {
    const mounts = readMounts()
    const session = [...this.#sessions].find((one) =>
      device === undefined
        ? this.#statusOf(one, mounts).path === path && !this.#statusOf(one, mounts).isHeld
        : one.attached?.device === device
    )
    if (session?.attached === undefined)
      throw new KitError('PATH_NOT_FOUND', `${path} is not mounted by this home`)
    const { attached } = session
    const mount = wholeMountOf(attached.device, path)
    // Bound to another path it stays.
    if (mount?.path === path) await detach(mount, force ? 'abort' : 'gentle')
    if (force) await attached.abort()
    await settled(attached)
    if (wholeMountOf(attached.device, path) === undefined) await attached.rest()
  }

  /** Takes all mounts away. What others still hold ends with this process. */
  async unmountAll(): Promise<void> {
    await Promise.all(
      [...this.#sessions].map(async ({ attached, path }) => {
        if (attached === undefined) return
        const mount = wholeMountOf(attached.device, path)
        if (mount !== undefined) await detach(mount, 'abort')
        await settled(attached)
      })
    )
  }

  /** Returns all mounts, including those that are being mounted, and those that others hold. */
  status(): EngineMount[] {
    const mounts = readMounts()
    return [...this.#sessions].map((session) => this.#statusOf(session, mounts))
  }

  #statusOf(session: Session, mounts: ReturnType<typeof readMounts>): EngineMount {
    const { driver, attached } = session
    const shown = attached && wholeMountOf(attached.device, session.path, mounts)
    return {
      path: shown?.path ?? session.path,
      driver,
      open: attached?.open ?? 'none',
      pids: [process.ppid, process.pid],
      home: this.#home,
      device: attached?.device ?? '',
      isHeld: attached !== undefined && shown === undefined,
      namespace: mountNamespace()
    }
  }

  /** Returns the attached mounts that have a path, with the statistics of their requests. */
  report(): ServedMount[] {
    const mounts = readMounts()
    return [...this.#sessions].flatMap((session) => {
      const { path, driver, open, pids, home, device, isHeld } = this.#statusOf(session, mounts)
      if (session.attached === undefined || isHeld) return []
      return [{ path, driver, open, pids, home, device, ...session.attached.report() }]
    })
  }
}

const settled = ({ done }: AttachedMount): Promise<void> =>
  Promise.race([done, delay(SETTLE_MS, undefined, { ref: false })])
