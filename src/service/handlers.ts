/** Implements each method of the protocol for the owner of a home. */
import type { UpstreamContent } from '../fetch/upstream-content.js'
import { KitError } from '../core/errors.js'
import type { MountOptions } from '../mount/driver.js'
import { checkMountRequest } from '../mount/mountpoint.js'
import type { SessionRights } from '../http/sessions.js'
import { mountNamespace } from '../mount/namespace.js'
import type { EngineMount, EngineReport } from '../operations/engine-report.js'
import type { Sql } from '../query/ports.js'
import { fromSent } from './sql-shapes.js'
import type { LocalOwner } from './local-owner.js'
import type { Unmounting } from './mounts.js'
import { PROTOCOL_VERSION, type Handlers } from './protocol.js'
import { differencesOf, type EngineSettings } from './settings.js'
import { fromMessage } from './want-message.js'

/** Opens what is needed to fetch; the first call opens it, later ones share it. */
export interface UpstreamAccess {
  open(): Promise<UpstreamContent>
}

/** The mounts and the life of the engine that serves a home. */
export interface ServedHome {
  readonly settings: EngineSettings
  /** @param signal takes the mount away again where it comes while that is made. */
  mount(path: string, options: MountOptions, signal?: AbortSignal): Promise<void>
  unmount(unmounting: Unmounting): Promise<void>
  stay(): void
  leave(): void
  /** Returns a code by which a browser is signed in. */
  signIn(rights: SessionRights): string
  status(): readonly EngineMount[]
  /** Resolves when a report would have all figures. */
  count(): Promise<void>
  report(): EngineReport
}

/** Returns the handlers of all methods. @param sql makes what runs SQL at the first call. @param program the version of this program. */
export const handlersOf = (
  service: ServedHome,
  owner: LocalOwner,
  upstream: UpstreamAccess,
  sql: () => Promise<Sql>,
  program: string
): Handlers => ({
  hello: async () => ({ version: PROTOCOL_VERSION, program, pid: process.pid }),
  ...engineHandlers(service, owner.store.layout.home),
  ...storeHandlers(owner),
  ...logHandlers(owner),
  ...indexHandlers(owner),
  ...upstreamHandlers(upstream),
  ...sqlHandlers(sql)
})

/** Methods of SQL. The processes behind them stay warm for a while after the first question. */
const sqlHandlers = (sql: () => Promise<Sql>): Pick<Handlers, 'inspectSql' | 'selectSql'> => ({
  inspectSql: async ({ sql: text }, { signal }) => (await sql()).inspect(text, { signal }),
  selectSql: async ({ request, limits }, { signal, progress }) => {
    const { values, ...rest } = request
    return (await sql()).select(
      { ...rest, parameters: fromSent(values) },
      { signal, progress },
      limits
    )
  }
})

type EngineMethod = 'status' | 'report' | 'mount' | 'unmount' | 'stay' | 'leave' | 'signIn'

/** Methods about the mounts and the life of the engine. */
const engineHandlers = (service: ServedHome, home: string): Pick<Handlers, EngineMethod> => ({
  status: async () => service.status(),
  report: async () => {
    await service.count()
    return service.report()
  },
  mount: async ({ path, options, settings, namespace, anyFolder = false }, { signal }) => {
    refuseOtherNamespace(namespace)
    checkMountRequest({ path, home, anyFolder })
    await service.mount(path, options, signal)
    return { differences: differencesOf(settings, service.settings) }
  },
  unmount: async (unmounting) => {
    await service.unmount(unmounting)
    return null
  },
  stay: async ({ settings }) => {
    service.stay()
    return { differences: differencesOf(settings, service.settings) }
  },
  leave: async () => {
    service.leave()
    return null
  },
  signIn: async (rights) => service.signIn(rights)
})

/** The engine mounts where it is itself. @throws UNSUPPORTED for a caller that would see nothing. */
function refuseOtherNamespace(namespace: string | undefined): void {
  const own = mountNamespace()
  if (namespace === undefined || own === undefined || namespace === own) return
  throw new KitError(
    'UNSUPPORTED',
    `this home is served by process ${process.pid} of another mount namespace, whose mounts are not seen here; mount there (\`nsenter -t ${process.pid} -m …\`), end that engine first, or use another home (--home)`
  )
}

type StoreMethod = 'publish' | 'addPins' | 'removePins' | 'collect' | 'survey' | 'check'

/** Methods that change or check the store. */
const storeHandlers = (owner: LocalOwner): Pick<Handlers, StoreMethod> => ({
  publish: async ({ session, pins, unpinned }) => {
    await owner.publish(session, pins, unpinned)
    return null
  },
  addPins: async ({ pins }) => {
    await owner.addPins(pins)
    return null
  },
  removePins: async ({ cids }) => {
    await owner.removePins(cids)
    return null
  },
  collect: (_, { signal }) => owner.collect(signal),
  survey: (_, { signal }) => owner.survey(signal),
  check: (options, { signal, progress }) => owner.check(options, { signal, progress })
})

type LogMethod =
  'recordPins' | 'runOperations' | 'settlePins' | 'retryOperations' | 'cancelOperations'

/** Methods about operations on backends. */
const logHandlers = (owner: LocalOwner): Pick<Handlers, LogMethod> => ({
  recordPins: ({ records }) => owner.recordPins(records),
  runOperations: async ({ runner }, { signal, progress }) => {
    await owner.runnerStays(runner, signal, progress)
    return null
  },
  settlePins: async () => {
    await owner.settlePins()
    return null
  },
  retryOperations: async ({ ids }) => {
    await owner.retryOperations(ids)
    return null
  },
  cancelOperations: async ({ ids }) => {
    await owner.cancelOperations(ids)
    return null
  }
})

/** Methods about the metadata index. */
const indexHandlers = (owner: LocalOwner): Pick<Handlers, 'recordIndex' | 'settleIndex'> => ({
  recordIndex: async ({ patches }) => {
    await owner.recordIndex(patches)
    return null
  },
  settleIndex: async ({ all }) => {
    await owner.settleIndex(all)
    return null
  }
})

type UpstreamMethod =
  | 'retrieve'
  | 'resolveName'
  | 'evict'
  | 'evictBelow'
  | 'listCache'
  | 'clearCache'
  | 'reloadBackends'

/** Methods about fetching and the cache, each of which opens them if needed. */
const upstreamHandlers = (upstream: UpstreamAccess): Pick<Handlers, UpstreamMethod> => ({
  retrieve: async (want, { signal }) => {
    await (await upstream.open()).retrieve(fromMessage(want), signal)
    return null
  },
  resolveName: async ({ name }, { signal }) => {
    const cid = await (await upstream.open()).resolveName(name, signal)
    return cid === undefined ? null : String(cid)
  },
  evict: async ({ cids }) => (await upstream.open()).evict(cids),
  evictBelow: async ({ cids }, { signal }) => (await upstream.open()).evictBelow(cids, signal),
  listCache: async ({ limit }, { signal }) => (await upstream.open()).listCache(limit, signal),
  clearCache: async () => {
    await (await upstream.open()).clear()
    return null
  },
  reloadBackends: async () => {
    await (await upstream.open()).reload()
    return null
  }
})
