/**
 * The library gives a program the operations of a home as methods. The request and result types of
 * src/operations document shapes and units; errors are KitErrors with a `code`.
 */
import { EventEmitter } from 'node:events'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { expandTilde, loadConfig, type Config } from '../config/config.js'
import { add, type AddRequest, type AddResult, type AddSource } from '../operations/add.js'
import { cat, type CatRequest } from '../operations/cat.js'
import { engineChoiceFrom } from '../operations/engine-choice.js'
import { explain } from '../operations/explain.js'
import { fetchChoiceFrom, type FetchChoice } from '../operations/fetch-choice.js'
import { fsck, type FsckRequest } from '../operations/fsck.js'
import { gc, type GcRequest } from '../operations/gc.js'
import { get } from '../operations/get.js'
import { ls } from '../operations/ls.js'
import { mountOptionsFrom, type MountOptions } from '../operations/mount-options.js'
import { mount } from '../operations/mount.js'
import { pinPolicyFrom, type PinPolicy } from '../operations/pin-policy.js'
import { queryLimitsFrom } from '../operations/query-limits.js'
import { query, type QueryRequest, type QueryResult } from '../operations/query.js'
import type { Progress, Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { watchEvents, type WatchEventsRequest } from '../operations/watch-events.js'
import { stat } from '../operations/stat.js'
import { status } from '../operations/status.js'
import { unmount } from '../operations/unmount.js'
import type { KnownLimits } from '../query/ports.js'
import { backendMethods } from './backend-methods.js'
import { cacheMethods } from './cache-methods.js'
import { runCall, streamCall, type Call, type CallOptions, type Stream } from './call.js'
import { carMethods } from './car-methods.js'
import { datasetMethods } from './dataset-methods.js'
import { engineMethods } from './engine-methods.js'
import { logMethods } from './log-methods.js'
import { metadataMethods } from './metadata-methods.js'
import { pinMethods } from './pin-methods.js'
import { queryMethods } from './query-methods.js'

export interface KitOptions {
  /** The home directory; by default `$IPFS_KIT_HOME`, else `~/.ipfs_kit`. The first write creates it. */
  readonly home?: string
  /** Whether fetching is switched off. */
  readonly offline?: boolean
  /** Bytes of the disk tier of the cache; by default what the home's configuration says. */
  readonly cacheSize?: number
}

/** Events of a kit, by name, with the arguments of their listeners. */
export interface KitEvents {
  /** Bytes that a call processed. */
  readonly progress: [Progress]
  /** A result differs from what one would expect, without being an error. */
  readonly warning: [string]
}

export type { CallOptions }

export class Kit {
  readonly home: string
  readonly #services: Services
  readonly #config: Config
  readonly #events = new EventEmitter<{ progress: [Progress]; warning: [string] }>()

  /** Programs call `openKit` instead. */
  constructor(services: Services, config: Config) {
    this.home = services.home
    this.#services = services
    this.#config = config
  }

  /** Adds a listener. Events of all calls arrive here, since a call has no channel of its own. */
  on<E extends keyof KitEvents>(event: E, listener: (...values: KitEvents[E]) => void): this {
    this.#events.on(event, listener as never)
    return this
  }

  /** Removes a listener. */
  off<E extends keyof KitEvents>(event: E, listener: (...values: KitEvents[E]) => void): this {
    this.#events.off(event, listener as never)
    return this
  }

  #run(signal: AbortSignal): Run {
    return {
      signal,
      progress: (progress) => void this.#events.emit('progress', progress),
      warn: (message) => void this.#events.emit('warning', message)
    }
  }

  readonly #call: Call = (operation, request, options) =>
    runCall(options.signal, (signal) => operation(this.#services, request, this.#run(signal)))

  readonly #stream: Stream = (operation, request, options) =>
    streamCall(options.signal, (own) => operation(this.#services, request, this.#run(own)))

  /**
   * Adds files, folders and streams durably, and pins each root.
   * @throws PATH_NOT_FOUND, UNSUPPORTED, USAGE, NO_SPACE, ABORTED.
   */
  add(
    sources: AddSource | readonly AddSource[],
    options: Partial<Omit<AddRequest, 'sources'>> & CallOptions = {}
  ): Promise<AddResult> {
    const { signal, ...rest } = options
    const list = Array.isArray(sources) ? (sources as readonly AddSource[]) : [sources as AddSource]
    const request = { profile: this.#config['add.profile'], ...rest, sources: list }
    return this.#call(add, request, signal === undefined ? {} : { signal })
  }

  /**
   * Yields the bytes of a file, or a range of them, in pieces of up to 1 MiB.
   * @throws INVALID_CID, PATH_NOT_FOUND, IS_A_DIRECTORY, BLOCK_NOT_FOUND, BACKEND_UNAVAILABLE, ABORTED.
   */
  cat(path: string, options: Omit<CatRequest, 'path'> & CallOptions = {}) {
    const { signal, ...range } = options
    return streamCall(signal, (own) => cat(this.#services, { path, ...range }, this.#run(own)))
  }

  /** Lists a folder; for a file, returns the file itself. @throws as `cat`, but IS_A_DIRECTORY. */
  async ls(path: string, options: CallOptions = {}) {
    return (await this.#call(ls, { path }, options)).entries
  }

  /** Describes a node, and how much of its DAG is here. */
  stat(path: string, options: CallOptions = {}) {
    return this.#call(stat, { path }, options)
  }

  /** Copies a file or folder to the disk: completely, or not at all. @throws EXISTS. */
  get(path: string, output: string, options: CallOptions = {}) {
    return this.#call(get, { path, output }, options)
  }

  /** Returns where the bytes of a file or folder come from, or would come from. */
  explain(path: string, options: { readonly fetch?: boolean } & CallOptions = {}) {
    return this.#call(explain, { path, fetch: options.fetch ?? false }, options)
  }

  /** Removes the blocks that no pin reaches, or tells what would go. @throws LOCKED, INTEGRITY. */
  gc(options: GcRequest & CallOptions = {}) {
    return this.#call(gc, options, options)
  }

  /** Checks the store; with `repair`, removes damaged blocks from it. @throws CORRUPT_FORMAT. */
  fsck(options: FsckRequest & CallOptions = {}) {
    return this.#call(fsck, options, options)
  }

  /** Pins keep their DAGs from gc. */
  readonly pins = pinMethods(this.#call)

  /** CAR archives. */
  readonly cars = carMethods(this.#call, this.#stream)

  /**
   * Asks in SQL: one SELECT over content by CID, datasets and what the home knows of itself.
   * @returns rows as lists of values that JSON has, with the names and types of their columns.
   * @throws ACCESS_DENIED, INVALID_ARGUMENT, PATH_NOT_FOUND, CORRUPT_FORMAT, TIMEOUT, MEMORY_BUDGET.
   */
  query(sql: string, options: Omit<QueryRequest, 'sql'> & CallOptions = {}): Promise<QueryResult> {
    return this.#call(query, { ...options, sql, limits: this.#queryLimits(options) }, options)
  }

  #queryLimits({ limits }: Pick<QueryRequest, 'limits'>): KnownLimits {
    return queryLimitsFrom(this.#config, limits)
  }

  /** Queries under names, and results as files. */
  readonly queries = queryMethods(this.#call, (options) => this.#queryLimits(options))

  /** Datasets: versioned tables. */
  readonly datasets = datasetMethods(this.#call, this.#stream)

  /** Backends, from which missing content is fetched. */
  readonly backends = backendMethods(this.#call)

  /** The log of operations on backends. Times are ms since 1970, ids may be cut short. */
  readonly log = logMethods(this.#call)

  /** What is known of content: its names, types, places, and what people say of it. */
  readonly metadata = metadataMethods(this.#call)

  /** The cache of fetched content. */
  readonly cache = cacheMethods(this.#call)

  /** The engine of the home, a process that keeps caches open and serves mounts. */
  readonly engine = engineMethods(this.#call, () => this.#config)

  /**
   * Mounts the home at a folder, by its engine; resolves when the mount answers.
   * @param options.anyFolder even at a folder of the system, or another user's.
   * @throws USAGE, EXISTS, UNSUPPORTED, LOCKED, TIMEOUT.
   */
  mount(
    path: string,
    options: Partial<MountOptions> & { readonly anyFolder?: boolean } & CallOptions = {}
  ) {
    const { signal, anyFolder = false, ...overrides } = options
    const request = {
      path: expandTilde(path),
      options: mountOptionsFrom(this.#config, overrides),
      anyFolder,
      ...engineChoiceFrom(this.#config)
    }
    return this.#call(mount, request, signal === undefined ? {} : { signal })
  }

  /**
   * Unmounts; resolves when the mount is gone.
   * @param options.force even when files are open.
   * @throws PATH_NOT_FOUND, EXISTS.
   */
  unmount(path: string, options: { readonly force?: boolean } & CallOptions = {}) {
    const request = { path: expandTilde(path), usual: '', force: options.force ?? false }
    return this.#call(unmount, request, options)
  }

  /**
   * Yields what happens in the engine of the home, until the loop is left or the engine ends. The first
   * event, `ready`, says that it listens; `after` goes on after an event that is known.
   * @throws PATH_NOT_FOUND where no engine runs; BUSY, ABORTED.
   */
  events(options: WatchEventsRequest & CallOptions = {}) {
    const { signal, ...request } = options
    return streamCall(signal, (own) => watchEvents(this.#services, request, this.#run(own)))
  }

  /** Reports mounts, store, cache and backends. */
  status(options: CallOptions = {}) {
    return this.#call(status, { sources: {} }, options)
  }
}

/** Returns the home, its configuration and the settings of fetching. @throws CONFIG_INVALID. */
export function kitSettings({ home, offline, cacheSize }: KitOptions): {
  readonly home: string
  readonly config: Config
  readonly fetching: FetchChoice
  readonly pinPolicy: () => PinPolicy
} {
  const given = home ?? process.env['IPFS_KIT_HOME']
  const path = given === undefined || given === '' ? join(homedir(), '.ipfs_kit') : resolve(given)
  const config = loadConfig(path)
  const fetching = fetchChoiceFrom(config, {
    ...(offline === undefined ? {} : { offline }),
    ...(cacheSize === undefined ? {} : { disk: cacheSize })
  })
  return { home: path, config, fetching, pinPolicy: () => pinPolicyFrom(config) }
}
