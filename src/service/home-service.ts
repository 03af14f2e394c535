/**
 * Serves a home through its socket: its store, fetching and its mounts. It lives while something
 * needs it: a mount, or a request to stay.
 */
import { rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { KitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import type { UpstreamStats } from '../fetch/upstream-content.js'
import type { MountOptions } from '../mount/driver.js'
import { handlersOf, type ServedHome, type UpstreamAccess } from './handlers.js'
import { socketPath } from './run-folder.js'
import type { LocalOwner } from './local-owner.js'
import type { Mounts } from './mounts.js'
import { serveProtocol } from './protocol-server.js'
import type { EngineReport, MemoryReport } from '../operations/engine-report.js'
import type { EngineSettings } from './settings.js'

/** Adds what reports need to the access that handlers need. */
export interface ServedUpstream extends UpstreamAccess {
  /**
   * Returns the statistics; undefined where nothing was opened. Reporting must not open the cache.
   */
  snapshot(): UpstreamStats | undefined
}

export interface HomeServiceParts {
  readonly home: string
  readonly owner: LocalOwner
  readonly upstream: ServedUpstream
  readonly mounts: Mounts
  readonly settings: EngineSettings
  /** Version of this program. */
  readonly program: string
  readonly log: Log
}

/**
 * The need of a request to stay. It cannot be mistaken for a mount's, which is an absolute path.
 */
const STAY = 'stay'

export class HomeService implements ServedHome {
  readonly #parts: HomeServiceParts
  readonly #startedAt = new Date().toISOString()
  readonly #warnings: string[] = []
  /** Mountpoints and STAY: what keeps the engine alive. */
  readonly #needs = new Set<string>()
  #server: Server | undefined
  #ended: (() => void) | undefined
  /** Resolves when nothing needs the engine any more. */
  readonly done = new Promise<void>((resolve) => (this.#ended = resolve))

  constructor(parts: HomeServiceParts) {
    this.#parts = parts
  }

  get settings(): EngineSettings {
    return this.#parts.settings
  }

  /** Begins to serve the protocol on the home's socket. */
  async listen(): Promise<void> {
    const { home, owner, upstream, program } = this.#parts
    const handlers = handlersOf(this, owner, upstream, program)
    this.#server = await serveProtocol(socketPath(home), handlers)
  }

  async mount(path: string, options: MountOptions): Promise<void> {
    const isNew = !this.#needs.has(path)
    // Added before the wait: the engine must not end while a mount is being made.
    this.#needs.add(path)
    try {
      await this.#parts.mounts.mount(path, options, () => this.#release(path))
    } catch (error) {
      if (isNew) this.#release(path)
      throw error
    }
  }

  async unmount(path: string, force: boolean): Promise<void> {
    await this.#parts.mounts.unmount(path, force)
  }

  /** Keeps the engine alive until `leave`, even without mounts. */
  stay(): void {
    this.#needs.add(STAY)
  }

  /** Withdraws `stay`. @throws EXISTS while there are mounts, naming them. */
  leave(): void {
    const { paths } = this.#parts.mounts
    if (paths.length > 0)
      throw new KitError(
        'EXISTS',
        `${paths.join(', ')} ${paths.length === 1 ? 'is' : 'are'} mounted; unmount with \`ipfs-kit unmount PATH\`, and the engine ends`
      )
    this.#release(STAY)
  }

  #release(need: string): void {
    this.#needs.delete(need)
    if (this.#needs.size === 0) this.#ended?.()
  }

  /** Unmounts everything, even with open files, and stops listening. */
  async stop(): Promise<void> {
    this.#server?.close()
    rmSync(socketPath(this.#parts.home), { force: true })
    await this.#parts.mounts.unmountAll()
    this.#parts.owner.close()
  }

  /**
   * Records a warning for `mount`, `status` and the log: something differs from what was asked for.
   */
  warn(message: string): void {
    this.#parts.log.warn(message)
    this.#warnings.push(message)
  }

  status() {
    return this.#parts.mounts.status()
  }

  report(): EngineReport {
    return {
      pid: process.pid,
      startedAt: this.#startedAt,
      warnings: this.#warnings,
      stays: this.#needs.has(STAY),
      memory: memoryReport(),
      mounts: this.#parts.mounts.report(),
      remote: this.#parts.upstream.snapshot() ?? null
    }
  }
}

function memoryReport(): MemoryReport {
  const { rss, heapUsed } = process.memoryUsage()
  return { resident: rss, heapUsed }
}
