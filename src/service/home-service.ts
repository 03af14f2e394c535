/**
 * Serves a home through its socket: its store, fetching and its mounts. It lives while something
 * needs it: a mount, or a request to stay.
 */
import { rmSync } from 'node:fs'
import type { Server as HttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'
import { KitError, toKitError } from '../core/errors.js'
import type { Log } from '../core/log.js'
import type { Sql } from '../query/ports.js'
import type { UpstreamStats } from '../fetch/upstream-content.js'
import type { MountOptions } from '../mount/driver.js'
import type { HttpRoute } from '../http/http-call.js'
import type { Tell } from '../operations/events.js'
import type { SessionRights, Sessions } from '../http/sessions.js'
import { handlersOf, type ServedHome, type UpstreamAccess } from './handlers.js'
import { folderIdentity, movedHome } from './moved-home.js'
import { versionsFolder } from './kept-versions.js'
import { socketPath } from './run-folder.js'
import type { CountedStore } from './counted-store.js'
import type { LocalOwner } from './local-owner.js'
import type { Mounts, Unmounting } from './mounts.js'
import { serveProtocol } from './protocol-server.js'
import type {
  EngineReport,
  ExpectedMount,
  MemoryReport,
  PortReport
} from '../operations/engine-report.js'
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
  /** Returns what runs SQL, which is made at the first call. */
  readonly sql: () => Promise<Sql>
  readonly store: Pick<CountedStore, 'figures' | 'refresh'>
  /** Returns the mounts that the home is configured to have. @param served its mountpoints. */
  readonly configured: (served: readonly string[]) => readonly ExpectedMount[]
  /** Makes what answers HTTP on the socket, when the first request comes. */
  readonly http?: (() => Promise<readonly HttpRoute[]>) | undefined
  /** Of browsers. */
  readonly sessions: Sessions
  /** Version of this program. */
  readonly program: string
  readonly log: Log
  readonly tell?: Tell
}

/** The need of a request to stay. */
const STAY = Symbol('stay')

export class HomeService implements ServedHome {
  readonly #parts: HomeServiceParts
  /** Where it answers beside its socket. */
  ports: readonly PortReport[] = []
  /** Of the home when the engine began. */
  readonly #identity: string | undefined
  readonly #startedAt = new Date().toISOString()
  readonly #warnings: string[] = []
  /** What keeps the engine alive: STAY, and a symbol for each mount until nobody has it any more. */
  readonly #needs = new Set<symbol>()
  #isEnding = false
  #server: Server | undefined
  #http: HttpServer | undefined
  #ended: (() => void) | undefined
  /** Resolves when nothing needs the engine any more. */
  readonly done = new Promise<void>((resolve) => (this.#ended = resolve))

  constructor(parts: HomeServiceParts) {
    this.#parts = parts
    this.#identity = folderIdentity(parts.home)
  }

  get settings(): EngineSettings {
    return this.#parts.settings
  }

  /** Begins to serve the protocol on the home's socket. */
  async listen(): Promise<void> {
    const { home, owner, upstream, sql, program, log, http } = this.#parts
    log.info(`the engine of ${home} has started: version ${program}, process ${process.pid}`)
    const handlers = handlersOf(this, owner, upstream, sql, program)
    this.#server = await serveProtocol(
      socketPath(home),
      handlers,
      (error) => this.#moved(error) ?? toKitError(error),
      http === undefined ? undefined : (socket) => this.#serveHttp(socket, http)
    )
  }

  #moved(cause: unknown): KitError | undefined {
    const { home, mounts } = this.#parts
    return movedHome(home, this.#identity, mounts.paths, cause)
  }

  /** Hands a connection to the server of HTTP, which the first one makes. */
  async #serveHttp(socket: Socket, routes: NonNullable<HomeServiceParts['http']>): Promise<void> {
    const { localHttp } = await import('../http/local-http.js')
    this.#http ??= localHttp(routes, this.#parts.log)
    this.#http.emit('connection', socket)
  }

  /** Mounts. @throws CLOSED for an engine that is ending, and what the mount throws. */
  async mount(path: string, options: MountOptions, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.#isEnding) throw new KitError('CLOSED', 'the engine of this home is just ending')
    const { mounts, log, tell } = this.#parts
    const need = Symbol(path)
    // Added before the wait: the engine must not end while a mount is being made.
    this.#needs.add(need)
    try {
      await mounts.mount(
        path,
        options,
        () => {
          log.info(`unmounted ${path}`)
          tell?.({ type: 'mount_down', path })
          this.#release(need)
        },
        signal
      )
      log.info(`mounted ${path}`)
      tell?.({ type: 'mount_up', path })
    } catch (error) {
      this.#release(need)
      throw error
    }
  }

  async unmount(unmounting: Unmounting): Promise<void> {
    await this.#parts.mounts.unmount(unmounting)
  }

  /** Keeps the engine alive until `leave`, even without mounts. @throws CLOSED. */
  stay(): void {
    if (this.#isEnding) throw new KitError('CLOSED', 'the engine of this home is just ending')
    this.#needs.add(STAY)
  }

  /** Withdraws `stay`. @throws EXISTS while there are mounts, or somebody holds one, naming them. */
  leave(): void {
    const mounts = this.#parts.mounts.status()
    const paths = mounts.flatMap(({ path, isHeld }) => (isHeld ? [] : [path]))
    if (paths.length > 0)
      throw new KitError(
        'EXISTS',
        `${paths.join(', ')} ${paths.length === 1 ? 'is' : 'are'} mounted; unmount with \`ipfs-kit unmount PATH\`, and the engine ends`
      )
    this.#release(STAY)
    const held = mounts[0]?.path
    if (held !== undefined)
      throw new KitError(
        'EXISTS',
        `${held} is unmounted, but somebody still holds it; the engine ends when he lets go, or with \`ipfs-kit unmount --force ${held}\``
      )
  }

  signIn(rights: SessionRights): string {
    return this.#parts.sessions.newCode(rights)
  }

  #release(need: symbol): void {
    this.#needs.delete(need)
    if (this.#needs.size > 0) return
    this.#isEnding = true
    this.#ended?.()
  }

  /** Resolves when answers of HTTP under way have ended, or take too long. */
  async endAnswers(patienceMs: number): Promise<void> {
    if (this.#http === undefined) return
    const { answersEnded } = await import('../http/connection-limit.js')
    await answersEnded(this.#http, patienceMs)
  }

  /** Unmounts everything, even with open files, and stops listening. */
  async stop(): Promise<void> {
    this.#isEnding = true
    this.#server?.close()
    rmSync(socketPath(this.#parts.home), { force: true })
    await this.#parts.mounts.unmountAll()
    rmSync(versionsFolder(this.#parts.home), { recursive: true, force: true })
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

  /** Resolves when a report would have all figures. */
  count(): Promise<void> {
    return this.#parts.store.refresh()
  }

  /** @throws STALE for a home that is elsewhere by now. */
  report(): EngineReport {
    const moved = this.#moved(undefined)
    if (moved !== undefined) throw moved
    const { mounts, configured, store, program } = this.#parts
    return {
      version: program,
      configured: configured(mounts.paths),
      store: store.figures(),
      pid: process.pid,
      startedAt: this.#startedAt,
      warnings: this.#warnings,
      ports: this.ports,
      stays: this.#needs.has(STAY),
      memory: memoryReport(),
      mounts: mounts.report(),
      remote: this.#parts.upstream.snapshot() ?? null
    }
  }
}

function memoryReport(): MemoryReport {
  const { rss, heapUsed } = process.memoryUsage()
  return { resident: rss, heapUsed }
}
