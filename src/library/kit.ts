/**
 * The library gives a program the operations of a home as methods. The request and result types of
 * src/operations document shapes and units; errors are KitErrors with a `code`.
 */
import { EventEmitter } from 'node:events'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { expandTilde, loadConfig, type Config } from '../config/config.js'
import { add, type AddRequest, type AddResult, type AddSource } from '../operations/add.js'
import { backendAdd, type BackendAddRequest } from '../operations/backend-add.js'
import { backendDrain, type BackendDrainRequest } from '../operations/backend-drain.js'
import { backendList } from '../operations/backend-list.js'
import { backendRemove } from '../operations/backend-remove.js'
import { backendShow } from '../operations/backend-show.js'
import { backendTest } from '../operations/backend-test.js'
import { backendUpdate, type BackendUpdateRequest } from '../operations/backend-update.js'
import { cacheClear } from '../operations/cache-clear.js'
import { cacheList } from '../operations/cache-list.js'
import { cacheEvict } from '../operations/cache-evict.js'
import { cacheStats } from '../operations/cache-stats.js'
import { cacheWarm } from '../operations/cache-warm.js'
import { carExport, carExportTo } from '../operations/car-export.js'
import { carImport, type CarImportRequest } from '../operations/car-import.js'
import { carVerify } from '../operations/car-verify.js'
import { cat, type CatRequest } from '../operations/cat.js'
import { daemonStart } from '../operations/daemon-start.js'
import { daemonStatus } from '../operations/daemon-status.js'
import { daemonStop } from '../operations/daemon-stop.js'
import { datasetStream } from '../operations/dataset-get.js'
import { explain } from '../operations/explain.js'
import { fetchChoiceFrom, type FetchChoice } from '../operations/fetch-choice.js'
import { fsck, type FsckRequest } from '../operations/fsck.js'
import { gc, type GcRequest } from '../operations/gc.js'
import { get } from '../operations/get.js'
import { ls } from '../operations/ls.js'
import { engineChoiceFrom } from '../operations/engine-choice.js'
import { metadataLocate, type MetadataLocateRequest } from '../operations/metadata-locate.js'
import { metadataPublish } from '../operations/metadata-publish.js'
import { metadataQuery, type MetadataQueryRequest } from '../operations/metadata-query.js'
import { metadataRefresh } from '../operations/metadata-refresh.js'
import { metadataStatus } from '../operations/metadata-status.js'
import { metadataSync, type MetadataSyncRequest } from '../operations/metadata-sync.js'
import { metadataShow } from '../operations/metadata-show.js'
import {
  metadataSet,
  metadataTag,
  type MetadataSetRequest,
  type MetadataTagRequest
} from '../operations/metadata-tag.js'
import { mount } from '../operations/mount.js'
import { mountOptionsFrom, type MountOptions } from '../operations/mount-options.js'
import type { Operation } from '../operations/operation.js'
import type { Progress, Run } from '../operations/run.js'
import { pinArrow } from '../operations/pin-arrow.js'
import { pinAdd, type PinAddRequest } from '../operations/pin-add.js'
import { pinHeal, type PinHealRequest } from '../operations/pin-heal.js'
import { pinMappingsList, type PinMappingsListRequest } from '../operations/pin-mappings-list.js'
import { pinMove, type PinMoveRequest } from '../operations/pin-move.js'
import { pinRelease, type PinReleaseRequest } from '../operations/pin-release.js'
import { pinStore, type PinStoreRequest } from '../operations/pin-store.js'
import { pinVerify, type PinVerifyRequest } from '../operations/pin-verify.js'
import { pinWhereis } from '../operations/pin-whereis.js'
import { pinList, type PinListRequest } from '../operations/pin-list.js'
import { pinPolicyFrom, type PinPolicy } from '../operations/pin-policy.js'
import { pinRemove } from '../operations/pin-remove.js'
import type { ArchiveSource } from '../operations/archive.js'
import type { Services } from '../operations/services.js'
import { query, queryToFile, type QueryRequest, type QueryResult } from '../operations/query.js'
import { queryLimitsFrom } from '../operations/query-limits.js'
import { queryResult, type QueryResultRequest } from '../operations/query-result.js'
import { queryList, queryRemove, querySave } from '../operations/query-saved.js'
import { queryTables } from '../operations/query-tables.js'
import type { ResultFormat, KnownLimits } from '../query/ports.js'
import { stat } from '../operations/stat.js'
import { status } from '../operations/status.js'
import { walCancel } from '../operations/wal-cancel.js'
import { walList, type WalListRequest } from '../operations/wal-list.js'
import { walRetry } from '../operations/wal-retry.js'
import { walShow } from '../operations/wal-show.js'
import { walStatus } from '../operations/wal-status.js'
import { unmount } from '../operations/unmount.js'
import { runCall, streamCall, type CallOptions } from './call.js'
import { datasetMethods } from './dataset-methods.js'

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

  #do<Request, Result>(
    operation: Operation<Request, Result>,
    request: Request,
    options: CallOptions
  ): Promise<Result> {
    return runCall(options.signal, (signal) =>
      operation(this.#services, request, this.#run(signal))
    )
  }

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
    return this.#do(add, request, signal === undefined ? {} : { signal })
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
    return (await this.#do(ls, { path }, options)).entries
  }

  /** Describes a node, and how much of its DAG is here. */
  stat(path: string, options: CallOptions = {}) {
    return this.#do(stat, { path }, options)
  }

  /** Copies a file or folder to the disk: completely, or not at all. @throws EXISTS. */
  get(path: string, output: string, options: CallOptions = {}) {
    return this.#do(get, { path, output }, options)
  }

  /** Returns where the bytes of a file or folder come from, or would come from. */
  explain(path: string, options: { readonly fetch?: boolean } & CallOptions = {}) {
    return this.#do(explain, { path, fetch: options.fetch ?? false }, options)
  }

  /** Removes the blocks that no pin reaches, or tells what would go. @throws LOCKED, INTEGRITY. */
  gc(options: GcRequest & CallOptions = {}) {
    return this.#do(gc, options, options)
  }

  /** Checks the store; with `repair`, removes damaged blocks from it. @throws CORRUPT_FORMAT. */
  fsck(options: FsckRequest & CallOptions = {}) {
    return this.#do(fsck, options, options)
  }

  /** Pins keep their DAGs from gc. */
  readonly pins = {
    add: (paths: readonly string[], options: Omit<PinAddRequest, 'paths'> & CallOptions = {}) =>
      this.#do(pinAdd, { paths, ...options }, options),
    remove: (cids: readonly string[], options: CallOptions = {}) =>
      this.#do(pinRemove, { cids }, options),
    list: async (options: PinListRequest & CallOptions = {}) =>
      (await this.#do(pinList, options, options)).pins,
    /**
     * Returns pins and their copies as an Arrow table, mapped from the file that the engine keeps where
     * that is current. Close it.
     */
    table: (options: CallOptions = {}) => this.#do(pinArrow, {}, options),
    /** Stores copies on backends. */
    store: (cids: readonly string[], options: Omit<PinStoreRequest, 'cids'> & CallOptions = {}) =>
      this.#do(pinStore, { cids, ...options }, options),
    /** Removes copies from backends. */
    release: (
      cids: readonly string[],
      options: Omit<PinReleaseRequest, 'cids'> & CallOptions = {}
    ) => this.#do(pinRelease, { cids, ...options }, options),
    /** Lists copies on backends, page by page. */
    copies: (options: PinMappingsListRequest & CallOptions = {}) =>
      this.#do(pinMappingsList, options, options),
    verify: (options: PinVerifyRequest & CallOptions = {}) => this.#do(pinVerify, options, options),
    heal: (options: PinHealRequest & CallOptions = {}) => this.#do(pinHeal, options, options),
    /** Moves copies to where the policy would choose now. */
    move: (options: PinMoveRequest & CallOptions = {}) => this.#do(pinMove, options, options),
    whereis: (cid: string, options: CallOptions = {}) => this.#do(pinWhereis, { cid }, options)
  }

  /** CAR archives. */
  readonly cars = {
    import: (
      archives: readonly ArchiveSource[],
      options: Omit<CarImportRequest, 'archives'> & CallOptions = {}
    ) => this.#do(carImport, { archives, ...options }, options),
    /** Yields the bytes of an archive in pieces of about 1 MiB, each of which belongs to the caller. */
    export: (path: string, options: CallOptions = {}) =>
      streamCall(options.signal, (own) => carExport(this.#services, { path }, this.#run(own))),
    exportTo: (path: string, output: string, options: CallOptions = {}) =>
      this.#do(carExportTo, { path, output }, options),
    verify: (archive: ArchiveSource, options: CallOptions = {}) =>
      this.#do(carVerify, { archive }, options)
  }

  /**
   * Asks in SQL: one SELECT over content by CID, datasets and what the home knows of itself.
   * @returns rows as lists of values that JSON has, with the names and types of their columns.
   * @throws ACCESS_DENIED, INVALID_ARGUMENT, PATH_NOT_FOUND, CORRUPT_FORMAT, TIMEOUT, MEMORY_BUDGET.
   */
  query(sql: string, options: Omit<QueryRequest, 'sql'> & CallOptions = {}): Promise<QueryResult> {
    return this.#do(query, { ...options, sql, limits: this.#queryLimits(options) }, options)
  }

  #queryLimits({ limits }: Pick<QueryRequest, 'limits'>): KnownLimits {
    return queryLimitsFrom(this.#config, limits)
  }

  /** Queries under names, and results as files. */
  readonly queries = {
    /** Writes the result of a SELECT to a new file. @throws EXISTS, and as `query`. */
    toFile: (
      sql: string,
      output: string,
      options: Omit<QueryRequest, 'sql' | 'maxRows'> & {
        readonly format: ResultFormat
      } & CallOptions
    ) =>
      this.#do(
        queryToFile,
        { ...options, sql, output, limits: this.#queryLimits(options) },
        options
      ),
    save: (name: string, sql: string, options: CallOptions = {}) =>
      this.#do(querySave, { name, sql }, options),
    list: async (options: CallOptions = {}) => (await this.#do(queryList, {}, options)).queries,
    remove: (names: readonly string[], options: CallOptions = {}) =>
      this.#do(queryRemove, { names }, options),
    tables: async (options: CallOptions = {}) => (await this.#do(queryTables, {}, options)).tables,
    /** Returns CID and size of the result of a saved query; undefined where there is none. */
    result: (name: string, options: Omit<QueryResultRequest, 'query'> & CallOptions) =>
      this.#do(
        queryResult,
        { ...options, query: name, limits: this.#queryLimits(options) },
        options
      )
  }

  /** Datasets: versioned tables. */
  readonly datasets = datasetMethods(
    (operation, request, options) => this.#do(operation, request, options),
    (request, options) =>
      streamCall(options.signal, (own) => datasetStream(this.#services, request, this.#run(own)))
  )

  /** Backends, from which missing content is fetched. */
  readonly backends = {
    add: (request: BackendAddRequest, options: CallOptions = {}) =>
      this.#do(backendAdd, request, options),
    update: (request: BackendUpdateRequest, options: CallOptions = {}) =>
      this.#do(backendUpdate, request, options),
    remove: (name: string, options: { readonly force?: boolean } & CallOptions = {}) =>
      this.#do(backendRemove, { name, force: options.force }, options),
    /** Moves the pins of a backend to others. */
    drain: (name: string, options: Omit<BackendDrainRequest, 'name'> & CallOptions = {}) =>
      this.#do(backendDrain, { name, to: options.to }, options),
    show: (name: string, options: CallOptions = {}) => this.#do(backendShow, { name }, options),
    list: async (options: CallOptions = {}) => (await this.#do(backendList, {}, options)).backends,
    test: (name: string, options: CallOptions = {}) => this.#do(backendTest, { name }, options)
  }

  /** The log of operations on backends. Times are ms since 1970, ids may be cut short. */
  readonly log = {
    status: (options: CallOptions = {}) => this.#do(walStatus, {}, options),
    list: async (options: WalListRequest & CallOptions = {}) =>
      (await this.#do(walList, options, options)).operations,
    show: (id: string, options: CallOptions = {}) => this.#do(walShow, { id }, options),
    retry: (ids: readonly string[], options: { readonly failed?: boolean } & CallOptions = {}) =>
      this.#do(walRetry, { ids, ...options }, options),
    cancel: (ids: readonly string[], options: CallOptions = {}) =>
      this.#do(walCancel, { ids }, options)
  }

  /** What is known of content: its names, types, places, and what people say of it. */
  readonly metadata = {
    /** Finds records by fields and text. */
    query: async (request: MetadataQueryRequest & CallOptions = {}) =>
      (await this.#do(metadataQuery, request, request)).records,
    count: async (request: MetadataQueryRequest & CallOptions = {}) =>
      (await this.#do(metadataQuery, { ...request, count: true }, request)).total ?? 0,
    show: async (path: string, options: CallOptions = {}) =>
      (await this.#do(metadataShow, { path }, options)).record,
    locate: (request: MetadataLocateRequest & CallOptions) =>
      this.#do(metadataLocate, request, request),
    tag: (paths: readonly string[], options: Omit<MetadataTagRequest, 'paths'> & CallOptions) =>
      this.#do(metadataTag, { paths, ...options }, options),
    set: (paths: readonly string[], set: MetadataSetRequest['set'], options: CallOptions = {}) =>
      this.#do(metadataSet, { paths, set }, options),
    refresh: (options: CallOptions = {}) => this.#do(metadataRefresh, {}, options),
    publish: (options: CallOptions = {}) => this.#do(metadataPublish, {}, options),
    sync: (request: MetadataSyncRequest & CallOptions) => this.#do(metadataSync, request, request),
    status: (options: CallOptions = {}) => this.#do(metadataStatus, {}, options)
  }

  /** The cache of fetched content. */
  readonly cache = {
    stats: (options: CallOptions = {}) => this.#do(cacheStats, {}, options),
    warm: (paths: readonly string[], options: CallOptions = {}) =>
      this.#do(cacheWarm, { paths }, options),
    list: (limit: number, options: CallOptions = {}) => this.#do(cacheList, { limit }, options),
    evict: (
      cids: readonly string[],
      options: { readonly isRecursive?: boolean } & CallOptions = {}
    ) => this.#do(cacheEvict, { ...options, cids }, options),
    clear: (options: CallOptions = {}) => this.#do(cacheClear, {}, options)
  }

  /** The engine of the home, a process that keeps caches open and serves mounts. */
  readonly engine = {
    start: (options: CallOptions = {}) =>
      this.#do(daemonStart, engineChoiceFrom(this.#config), options),
    stop: (options: CallOptions = {}) => this.#do(daemonStop, {}, options),
    status: async (options: CallOptions = {}) => (await this.#do(daemonStatus, {}, options)).engine
  }

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
    return this.#do(mount, request, signal === undefined ? {} : { signal })
  }

  /**
   * Unmounts; resolves when the mount is gone.
   * @param options.force even when files are open.
   * @throws PATH_NOT_FOUND, EXISTS.
   */
  unmount(path: string, options: { readonly force?: boolean } & CallOptions = {}) {
    const request = { path: expandTilde(path), usual: '', force: options.force ?? false }
    return this.#do(unmount, request, options)
  }

  /** Reports mounts, store, cache and backends. */
  status(options: CallOptions = {}) {
    return this.#do(status, { sources: {} }, options)
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
