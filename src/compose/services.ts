/**
 * Makes the services of a home for operations. Parts are imported when they are used: a mount waits
 * for what its command loads.
 */
import { KitError } from '../core/errors.js'
import { makeDir } from '../core/fs-durable.js'
import { IndexReader } from '../metadata/index-reader.js'
import { homeOf, ownMounts } from '../mount/mountinfo.js'
import { physicalPath } from '../mount/physical-path.js'
import { placeInMount } from '../mount/place-in-mount.js'
import { tolerantChoice, type FetchChoice } from '../operations/fetch-choice.js'
import { readsRecorder } from '../operations/record-reads.js'
import type { EngineService, MountService, Services } from '../operations/services.js'
import type { PinPolicy } from '../pins/placement.js'
import type { HomeLock } from '../service/home-lock.js'
import { socketPath } from '../service/run-folder.js'
import { askReport } from '../service/home-status.js'
import { mountsStatus } from '../service/mounts-status.js'
import type { LocalOwner } from '../service/local-owner.js'
import { OwnerClient } from '../service/owner-client.js'
import type { EngineChoice } from '../operations/engine-choice.js'
import type { EngineSettings } from '../service/settings.js'
import { mountpoint } from './mountpoint.js'
import { checkHome } from '../core/trusted-home.js'

export const makeServices = (
  home: string,
  fetching: FetchChoice,
  pinPolicy: () => PinPolicy
): Services => {
  let index: IndexReader | undefined
  const services: Services = {
    home,
    fetching,
    get index() {
      return (index ??= new IndexReader(home, readsRecorder(services)))
    },
    get pinPolicy() {
      return pinPolicy()
    },
    checkHome: () => checkHome(home),
    openContent: async (fetch, run, isUpkeep = false) => {
      const { openContent, upgradeCache } = await import('./content-view.js')
      await upgradeCache(home, fetching, run)
      return openContent(home, fetch ? fetching : undefined, run, isUpkeep)
    },
    treeOver: async (view, run) => (await import('./tree-over.js')).treeOver(services, view, run),
    openUpstream: async (run) => {
      const { openLendable } = await import('./content-view.js')
      return (await openLendable(home, tolerantChoice(fetching), run)).upstream
    },
    openOwner: async (run, alone = false) => {
      const [{ acquireHome }, { ownStore }, { pinIndexing }] = await Promise.all([
        import('../service/acquire-home.js'),
        import('./own-store.js'),
        import('./pin-indexing.js')
      ])
      const open = (lock: HomeLock): LocalOwner =>
        ownStore(home, lock, { warn: run.warn }, alone, pinIndexing(home))
      return await acquireHome(home, alone, open, run)
    },
    repairHome: async (run) => (await import('./repair-home.js')).repairHome(home, run),
    openSql: async () => await (await import('./open-sql.js')).openSql(home),
    backendsChanged: () => backendsChanged(home),
    mountRequirements: async () => (await import('../mount/requirements.js')).mountRequirements(),
    mounts: mountService(home, fetching),
    engine: engineService(home, fetching)
  }
  return services
}

async function backendsChanged(home: string): Promise<void> {
  const client = await OwnerClient.connect(socketPath(home))
  try {
    await client?.call('reloadBackends', {})
  } finally {
    client?.close()
  }
}

const settingsOf = (
  fetching: FetchChoice,
  { ports, log, scrubRate }: EngineChoice
): EngineSettings => ({
  fetching: { ...fetching, disk: fetching.disk ?? null },
  ports,
  log,
  scrubRate: scrubRate ?? null
})

const mountService = (home: string, choice: FetchChoice): MountService => ({
  locate: placeInMount,
  mountpoint,
  pathsOfHome: () =>
    ownMounts()
      .filter((mount) => homeOf(mount) === home)
      .map(({ path }) => path),
  mount: async ({ path, options, anyFolder = false, ...engine }, run) => {
    const { mountHome } = await import('../service/mounting.js')
    return await mountHome(
      { home, path: physicalPath(path), options, anyFolder, settings: settingsOf(choice, engine) },
      run
    )
  },
  serve: async ({ path, options, anyFolder = false, ...engine }, ready, run) => {
    const [{ prepareMount }, { runInForeground }] = await Promise.all([
      import('../service/mounting.js'),
      import('../service/engine-process.js')
    ])
    const settings = settingsOf(choice, engine)
    const at = physicalPath(path)
    await prepareMount({ home, path: at, options, anyFolder, settings }, run)
    return await runInForeground({ home, settings, mount: { path: at, options } }, ready)
  },
  unmount: async ({ path, usual, force }) => {
    const { pathMeant, pathToUnmount, unmountPath } = await import('../service/unmounting.js')
    const meant = path === undefined ? pathToUnmount(home, pathMeant(usual)) : pathMeant(path)
    const held = await unmountPath(meant, force, home)
    const holders = (held?.processes ?? []).map(({ pid, command }) => ({ pid, command }))
    return { path: meant, isHeld: held !== undefined, holders, binds: held?.mounts ?? [] }
  },
  status: () => mountsStatus(home)
})

const engineService = (home: string, choice: FetchChoice): EngineService => ({
  report: () => askReport(home),
  ask: async (path, { signal }) =>
    (await import('../service/local-http-client.js')).askHttp(socketPath(home), path, signal),
  signIn: async (rights) => {
    const client = await OwnerClient.connect(socketPath(home))
    try {
      if (client !== undefined) return await client.call('signIn', rights)
    } finally {
      client?.close()
    }
    throw new KitError('CLOSED', `the engine of ${home} has just ended; try again`)
  },
  events: async function* (choice, signal) {
    const { engineEvents } = await import('../service/engine-events.js')
    yield* engineEvents(socketPath(home), choice, signal)
  },
  start: async (engine, run) => {
    const { startEngine } = await import('../service/engine-lifetime.js')
    return await startEngine(home, settingsOf(choice, engine), run)
  },
  serve: async (engine, ready) => {
    const { runInForeground } = await import('../service/engine-process.js')
    makeDir(home)
    return await runInForeground({ home, settings: settingsOf(choice, engine), mount: null }, ready)
  },
  stop: async ({ signal }) =>
    (await import('../service/engine-lifetime.js')).stopEngine(home, signal)
})
