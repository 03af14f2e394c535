/** What the owner of a home does for each method of the protocol. */
import type { UpstreamContent } from '../fetch/upstream-content.js'
import type { MountOptions } from '../mount/driver.js'
import type { EngineReport, MountStatus } from '../operations/engine-report.js'
import type { LocalOwner } from './local-owner.js'
import { PROTOCOL_VERSION, type Handlers } from './protocol.js'
import { differencesOf, type EngineSettings } from './settings.js'
import { fromMessage } from './want-message.js'

/** What is elsewhere, opened when it is asked for first. */
export interface UpstreamAccess {
  open(): Promise<UpstreamContent>
}

/** The home that is served. */
export interface ServedHome {
  readonly settings: EngineSettings
  mount(path: string, options: MountOptions): Promise<void>
  unmount(path: string, force: boolean): Promise<void>
  stay(): void
  leave(): void
  status(): readonly MountStatus[]
  report(): EngineReport
}

export function handlersOf(
  service: ServedHome,
  owner: LocalOwner,
  upstream: UpstreamAccess,
  program: string
): Handlers {
  return {
    hello: async () => ({ version: PROTOCOL_VERSION, program, pid: process.pid }),
    status: async () => service.status(),
    report: async () => service.report(),
    mount: async ({ path, options, settings }) => {
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
    },
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
    check: (options, { signal, progress }) => owner.check(options, { signal, progress }),
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
  }
}
