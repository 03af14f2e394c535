/**
 * A home with an owner: its store, what is elsewhere, its mounts, behind the home's socket. It
 * lives as long as somebody needs it: a mount, or who asked it to stay.
 */
import { rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { KitError } from '../core/errors.js'
import type { UpstreamStats } from '../fetch/upstream-content.js'
import type { MountOptions } from '../mount/driver.js'
import { handlersOf, type ServedHome, type UpstreamAccess } from './handlers.js'
import { socketPath } from './home-lock.js'
import type { LocalOwner } from './local-owner.js'
import type { Mounts } from './mounts.js'
import { serveProtocol } from './protocol-server.js'
import type { EngineReport, MemoryReport } from '../operations/engine-report.js'
import type { EngineSettings } from './settings.js'

/** What is elsewhere, as the service needs it. */
export interface ServedUpstream extends UpstreamAccess {
  /** Undefined where nothing is elsewhere. Reporting must not open the cache. */
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
}

/** Stands among the needs for who asked the engine to stay; no path is like it. */
const STAY = 'stay'

export class HomeService implements ServedHome {
  readonly #parts: HomeServiceParts
  readonly #startedAt = new Date().toISOString()
  readonly #warnings: string[] = []
  readonly #needs = new Set<string>()
  #server: Server | undefined
  #ended: (() => void) | undefined
  /** Resolves when nobody needs it any more. */
  readonly done = new Promise<void>((resolve) => (this.#ended = resolve))

  constructor(parts: HomeServiceParts) {
    this.#parts = parts
  }

  get settings(): EngineSettings {
    return this.#parts.settings
  }

  async listen(): Promise<void> {
    const { home, owner, upstream, program } = this.#parts
    const handlers = handlersOf(this, owner, upstream, program)
    this.#server = await serveProtocol(socketPath(home), handlers)
  }

  async mount(path: string, options: MountOptions): Promise<void> {
    await this.#parts.mounts.mount(path, options, () => this.#release(path))
    this.#needs.add(path)
  }

  async unmount(path: string, force: boolean): Promise<void> {
    await this.#parts.mounts.unmount(path, force)
  }

  /** Stays until `leave`, mounts or none. */
  stay(): void {
    this.#needs.add(STAY)
  }

  /** @throws EXISTS while there are mounts, naming them. */
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

  /** Unmounts everything, whatever is open, and stops listening. */
  async stop(): Promise<void> {
    this.#server?.close()
    rmSync(socketPath(this.#parts.home), { force: true })
    await this.#parts.mounts.unmountAll()
    this.#parts.owner.close()
  }

  /** Something is not as it was asked for: `mount`, `status` and the log say so. */
  warn(message: string): void {
    console.error(message)
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
