/** Implements each method of the protocol for the owner of a home. */
import type { UpstreamContent } from '../fetch/upstream-content.js'
import type { MountOptions } from '../mount/driver.js'
import { checkMountRequest } from '../mount/mountpoint.js'
import type { EngineReport, MountStatus } from '../operations/engine-report.js'
import type { LocalOwner } from './local-owner.js'
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
  mount(path: string, options: MountOptions): Promise<void>
  unmount(path: string, force: boolean): Promise<void>
  stay(): void
  leave(): void
  status(): readonly MountStatus[]
  report(): EngineReport
}

/** Returns the handlers of all methods. @param program the version of this program. */
export const handlersOf = (
  service: ServedHome,
  owner: LocalOwner,
  upstream: UpstreamAccess,
  program: string
): Handlers => ({
  hello: async () => ({ version: PROTOCOL_VERSION, program, pid: process.pid }),
  ...engineHandlers(service, owner.store.layout.home),
  ...storeHandlers(owner),
  ...upstreamHandlers(upstream)
})

type EngineMethod = 'status' | 'report' | 'mount' | 'unmount' | 'stay' | 'leave'

/** Methods about the mounts and the life of the engine. */
const engineHandlers = (service: ServedHome, home: string): Pick<Handlers, EngineMethod> => ({
  status: async () => service.status(),
  report: async () => service.report(),
  mount: async ({ path, options, settings }) => {
    checkMountRequest(path, home)
    await service.mount(path, options)
    return { differences: differencesOf(settings, service.settings) }
  },
  unmount: async ({ path, force }) => {
    await service.unmount(path, force)
    return null
  },
  stay: async ({ settings }) => {
    service.stay()
    return { differences: differencesOf(settings, service.settings) }
  },
  leave: async () => {
    service.leave()
    return null
  }
})

type StoreMethod = 'publish' | 'addPins' | 'removePins' | 'collect' | 'check'

/** Methods that change or check the store. */
const storeHandlers = (owner: LocalOwner): Pick<Handlers, StoreMethod> => ({
  publish: async ({ session, pins }) => {
    await owner.publish(session, pins)
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
  check: (options, { signal, progress }) => owner.check(options, { signal, progress })
})

type UpstreamMethod = 'retrieve' | 'resolveName' | 'evict' | 'clearCache' | 'reloadBackends'

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
  clearCache: async () => {
    await (await upstream.open()).clear()
    return null
  },
  reloadBackends: async () => {
    await (await upstream.open()).reload()
    return null
  }
})
