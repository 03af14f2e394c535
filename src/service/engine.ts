/**
 * The engine: owner of a home, with its mounts, behind the home's socket. It ends when its
 * last mount does, when it is told to, or when its supervisor is gone.
 */
import { rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { KitError } from '../core/errors.js'
import type { AttachedMount, DriverName, FuseDriver, MountOptions } from '../mount/driver.js'
import type { Pin } from '../store/pins.js'
import { socketPath } from './home-lock.js'
import type { LocalOwner } from './local-owner.js'
import type { UpstreamReport } from './report.js'
import { memoryReport, type EngineReport } from './report.js'
import { serveRpc, type Handler } from './rpc.js'

export interface MountStatus {
  readonly path: string
  readonly driver: DriverName
  /** How files are opened: `passthrough` or `none` (mount/driver.ts). */
  readonly open: string
  readonly pids: readonly number[]
  readonly home: string
}

/** What the engine has elsewhere. */
export interface UpstreamPort {
  /** Calls that reach it over the home's socket, by name. */
  methods(): Readonly<Record<string, Handler>>
  /** undefined where nothing is elsewhere. */
  report(): UpstreamReport | undefined
}

export interface EngineEvents {
  /** Told of every path that is mounted or no longer is, so that a survivor can clean up. */
  readonly mounted: (path: string) => void
  readonly unmounted: (path: string) => void
}

/** A path that is mounted, or about to be. */
interface Mounted {
  readonly driver: DriverName
  attached?: AttachedMount
}

export class Engine {
  readonly #home: string
  readonly #owner: LocalOwner
  readonly #driverNamed: (name: DriverName) => Promise<FuseDriver>
  readonly #remote: UpstreamPort
  readonly #events: EngineEvents
  readonly #mounts = new Map<string, Mounted>()
  readonly #startedAt = new Date().toISOString()
  readonly #warnings: string[] = []
  #server: Server | undefined
  #ended: (() => void) | undefined
  /** Resolves when the last mount is gone. */
  readonly done = new Promise<void>((resolve) => (this.#ended = resolve))

  constructor(
    home: string,
    owner: LocalOwner,
    driverNamed: (name: DriverName) => Promise<FuseDriver>,
    remote: UpstreamPort,
    events: EngineEvents
  ) {
    this.#home = home
    this.#owner = owner
    this.#driverNamed = driverNamed
    this.#remote = remote
    this.#events = events
  }

  async start(path: string, options: MountOptions): Promise<void> {
    this.#server = await serveRpc(socketPath(this.#home), this.#methods())
    await this.mount(path, options)
  }

  async mount(path: string, options: MountOptions): Promise<void> {
    if (this.#mounts.has(path)) throw new KitError('EXISTS', `${path} is mounted already`)
    const attached = await this.#attach(path, options)
    void attached.done.then(() => {
      this.#mounts.delete(path)
      this.#events.unmounted(path)
      if (this.#mounts.size === 0) this.#ended?.()
    })
  }

  /** The path is taken from the first moment, so that nobody takes it for a stale mount. */
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

  async unmount(path: string, force: boolean): Promise<void> {
    const attached = this.#mounts.get(path)?.attached
    if (attached === undefined)
      throw new KitError('PATH_NOT_FOUND', `${path} is not mounted by this home`)
    await attached.unmount(force)
  }

  /** Unmount everything, whatever is open, and stop listening. */
  async stop(): Promise<void> {
    this.#server?.close()
    rmSync(socketPath(this.#home), { force: true })
    await Promise.all(
      [...this.#mounts.values()].map(async ({ attached }) => attached?.unmount(true))
    )
    this.#owner.close()
  }

  /** Something is not as it was asked for: `mount`, `status` and the log say so. */
  warn(message: string): void {
    console.error(message)
    this.#warnings.push(message)
  }

  report(): EngineReport {
    const mounts = [...this.#mounts].flatMap(([path, { driver, attached }]) =>
      attached === undefined ? [] : [{ path, driver, open: attached.open, ...attached.report() }]
    )
    return {
      pid: process.pid,
      started_at: this.#startedAt,
      warnings: this.#warnings,
      memory: memoryReport(),
      mounts,
      remote: this.#remote.report() ?? null
    }
  }

  status(): MountStatus[] {
    const pids = [process.ppid, process.pid]
    return [...this.#mounts].map(([path, { driver, attached }]) => ({
      path,
      driver,
      open: attached?.open ?? 'none',
      pids,
      home: this.#home
    }))
  }

  #methods(): ReadonlyMap<string, Handler> {
    const owner = this.#owner
    const methods: Record<string, Handler> = {
      ...this.#remote.methods(),
      status: async () => this.status(),
      report: async () => this.report(),
      mount: ({ path, options }: { path: string; options: MountOptions }) =>
        this.mount(path, options),
      unmount: ({ path, force }: { path: string; force: boolean }) => this.unmount(path, force),
      publish: ({ session, pins }: { session: number; pins: Pin[] }) =>
        owner.publish(session, pins),
      'pins.add': ({ pins }: { pins: Pin[] }) => owner.addPins(pins),
      'pins.remove': ({ cids }: { cids: string[] }) => owner.removePins(cids),
      gc: () => owner.collect(),
      fsck: (options: { readData: boolean; repair: boolean }, progress) =>
        owner.check(options, progress)
    }
    return new Map(Object.entries(methods))
  }
}
