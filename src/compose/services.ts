/** Makes what operations are given, for one home. What is seldom needed is imported when it is. */
import { existsSync } from 'node:fs'
import { configuredBackends } from '../../backends/configured.js'
import { CacheLayout } from '../cache/layout.js'
import { diskFor } from '../cache/sizes.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { allowManyListeners } from '../core/abort.js'
import { systemClock } from '../core/clock.js'
import { toKitError } from '../core/errors.js'
import type { FetchTools } from '../fetch/fetch-tools.js'
import { CacheLease, type Lendable } from '../fetch/cache-lease.js'
import { FetchFlags, reserveFetchFlags } from '../fetch/fetch-flags.js'
import { ownMounts } from '../mount/mountinfo.js'
import { mountPath } from '../mount/mountpoint.js'
import { ContentView, type Fetching } from '../operations/content-view.js'
import type { Run } from '../operations/run.js'
import type { FetchChoice } from '../operations/fetch-choice.js'
import type { EngineService, MountService, Services } from '../operations/services.js'
import { acquireHome } from '../service/acquire-home.js'
import { socketPath } from '../service/home-lock.js'
import { askReport, mountsStatus } from '../service/home-status.js'
import { OwnerClient } from '../service/owner-client.js'
import { RpcUpstream } from '../service/rpc-upstream.js'
import type { Listen } from '../config/config.js'
import type { EngineSettings } from '../service/settings.js'
import { StoreReader } from '../store/reader.js'
import { ownStore } from './own-store.js'
import { sharedBlocks, type FetchShare } from './shared-blocks.js'

export const makeServices = (home: string, fetching: FetchChoice): Services => ({
  home,
  fetching,
  openContent: (fetch, run) => openContent(home, fetch ? fetching : undefined, run),
  openUpstream: async (run) => (await openLendable(home, fetching, run)).upstream,
  openOwner: (run, alone = false) =>
    acquireHome(home, alone, (lock) => ownStore(home, lock, { warn: run.warn }, alone), run),
  rebuildIndex: async () => (await import('./rebuild-index.js')).rebuildIndex(home),
  backendsChanged: () => backendsChanged(home),
  mountRequirements: async () => (await import('../mount/requirements.js')).mountRequirements(),
  mounts: mountService(home, fetching),
  engine: engineService(home, fetching)
})

function openContent(home: string, choice: FetchChoice | undefined, run: Run): ContentView {
  const reader = new StoreReader(home)
  const share: FetchShare = { flags: reserveFetchFlags(), memory: undefined }
  const flags = new FetchFlags(share.flags)
  flags.cached = existsSync(new CacheLayout(home).index)
  flags.fetched = choice !== undefined && !choice.offline && configuredBackends(home).length > 0
  const blocks = sharedBlocks(home, reader, share)
  const content = new Content(blocks, reader, { memory: TABLE_MEMORY, prompt: flags.fetched })
  const fetching =
    choice === undefined ? undefined : fetchingOf(home, choice, run, () => (flags.cached = true))
  return new ContentView(reader, content, fetching)
}

function fetchingOf(home: string, choice: FetchChoice, run: Run, fetched: () => void): Fetching {
  allowManyListeners(run.signal)
  const lease = new CacheLease(
    () => openLendable(home, choice, run),
    (error) => run.warn(`the cache cannot be given back: ${toKitError(error).message}`)
  )
  return {
    signal: run.signal,
    offline: choice.offline,
    resolver: choice.resolver,
    use: (work) => lease.use(work),
    fetched,
    close: () => lease.close()
  }
}

async function openLendable(home: string, choice: FetchChoice, run: Run): Promise<Lendable> {
  const client = await OwnerClient.connect(socketPath(home))
  if (client !== undefined) return { upstream: new RpcUpstream(client), isWanted: () => false }
  const { openUpstream } = await import('./upstream.js')
  const share: FetchShare = { flags: reserveFetchFlags(), memory: undefined }
  const settings = { ...choice, disk: diskFor(home, choice.disk) }
  const upstream = await openUpstream(home, settings, share, toolsOf(run), run.signal)
  return { upstream, isWanted: () => upstream.isWanted }
}

/** What a command logs are its warnings. */
const toolsOf = ({ warn }: Run): FetchTools => ({
  clock: systemClock,
  log: {
    error: (message, cause) =>
      warn(cause === undefined ? message : `${message}: ${toKitError(cause).message}`),
    warn,
    info: () => undefined,
    debug: () => undefined
  }
})

async function backendsChanged(home: string): Promise<void> {
  const client = await OwnerClient.connect(socketPath(home))
  try {
    await client?.call('reloadBackends', {})
  } finally {
    client?.close()
  }
}

const settingsOf = (choice: FetchChoice, listen: Listen | undefined): EngineSettings => ({
  fetching: { ...choice, disk: choice.disk ?? null },
  listen: listen ?? null
})

const mountService = (home: string, choice: FetchChoice): MountService => ({
  paths: () => ownMounts().map(({ path }) => path),
  mount: async ({ path, options, listen }, run) => {
    const { mountHome } = await import('../service/mounting.js')
    return await mountHome(
      { home, path: mountPath(path), options, settings: settingsOf(choice, listen) },
      run
    )
  },
  serve: async ({ path, options, listen }, ready, run) => {
    const [{ prepareMount }, { runInForeground }] = await Promise.all([
      import('../service/mounting.js'),
      import('../service/engine-process.js')
    ])
    const settings = settingsOf(choice, listen)
    const at = mountPath(path)
    await prepareMount({ home, path: at, options, settings }, run)
    return await runInForeground({ home, settings, mount: { path: at, options } }, ready)
  },
  unmount: async ({ path, usual, force }) => {
    const { pathToUnmount, unmountPath } = await import('../service/unmounting.js')
    const meant = path === undefined ? pathToUnmount(home, mountPath(usual)) : mountPath(path)
    await unmountPath(meant, force)
    return meant
  },
  status: () => mountsStatus(home)
})

const engineService = (home: string, choice: FetchChoice): EngineService => ({
  report: () => askReport(home),
  start: async (listen, run) => {
    const { startEngine } = await import('../service/engine-lifetime.js')
    return await startEngine(home, settingsOf(choice, listen), run)
  },
  stop: async ({ signal }) =>
    (await import('../service/engine-lifetime.js')).stopEngine(home, signal)
})
