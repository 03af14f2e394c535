/** Holds the mounts that one engine serves. */
import { KitError } from '../core/errors.js'
import type { AttachedMount, DriverName, FuseDriver, MountOptions } from '../mount/driver.js'
import type { MountStatus, ServedMount } from '../operations/engine-report.js'

export interface MountEvents {
  /**
   * Receive each path before it is mounted and after it is gone, so that the supervisor can clean
   * up.
   */
  readonly mounted: (path: string) => void
  readonly unmounted: (path: string) => void
}

/** A path that is mounted, or about to be: then `attached` is missing. */
interface Mounted {
  readonly driver: DriverName
  attached?: AttachedMount
}

export class Mounts {
  readonly #home: string
  readonly #driverNamed: (name: DriverName) => Promise<FuseDriver>
  readonly #events: MountEvents
  readonly #mounts = new Map<string, Mounted>()

  constructor(
    home: string,
    driverNamed: (name: DriverName) => Promise<FuseDriver>,
    events: MountEvents
  ) {
    this.#home = home
    this.#driverNamed = driverNamed
    this.#events = events
  }

  get paths(): string[] {
    return [...this.#mounts.keys()]
  }

  /**
   * Mounts at a path.
   * @param gone called when the mount has ended.
   * @throws EXISTS where that path is mounted already, and what the driver throws.
   */
  async mount(path: string, options: MountOptions, gone: () => void): Promise<void> {
    if (this.#mounts.has(path)) throw new KitError('EXISTS', `${path} is mounted already`)
    const attached = await this.#attach(path, options)
    void attached.done.then(() => {
      this.#mounts.delete(path)
      this.#events.unmounted(path)
      gone()
    })
  }

  /** Registers the path before mounting, so that nobody takes the new mount for a stale one. */
  async #attach(path: string, options: MountOptions): Promise<AttachedMount> {
    const mounted: Mounted = { driver: options.driver }
    this.#mounts.set(path, mounted)
    this.#events.mounted(path)
    try {
      const driver = await this.#driverNamed(options.driver)
      return (mounted.attached = await driver.mount(path, options))
    } catch (error) {
      this.#mounts.delete(path)
      this.#events.unmounted(path)
      throw error
    }
  }

  /** Unmounts. @throws PATH_NOT_FOUND; EXISTS for a mount that is in use, unless forced. */
  async unmount(path: string, force: boolean): Promise<void> {
    const attached = this.#mounts.get(path)?.attached
    if (attached === undefined)
      throw new KitError('PATH_NOT_FOUND', `${path} is not mounted by this home`)
    await attached.unmount(force)
  }

  async unmountAll(): Promise<void> {
    await Promise.all(
      [...this.#mounts.values()].map(async ({ attached }) => attached?.unmount(true))
    )
  }

  /** Returns all mounts, including those that are being mounted. */
  status(): MountStatus[] {
    return [...this.#mounts].map(([path, mounted]) => this.#statusOf(path, mounted))
  }

  #statusOf(path: string, { driver, attached }: Mounted): MountStatus {
    const pids = [process.ppid, process.pid]
    return { path, driver, open: attached?.open ?? 'none', pids, home: this.#home }
  }

  /** Returns the attached mounts, with the statistics of their requests. */
  report(): ServedMount[] {
    return [...this.#mounts].flatMap(([path, mounted]) =>
      mounted.attached === undefined
        ? []
        : [{ ...this.#statusOf(path, mounted), ...mounted.attached.report() }]
    )
  }
}
