/** Makes the content of a home for an operation, with what fetches where that is asked for. */
import { existsSync } from 'node:fs'
import { backendNames } from '../../backends/configured.js'
import { CacheLayout } from '../cache/layout.js'
import { isOldIndex } from '../cache/upgrade-index.js'
import { diskFor } from '../cache/sizes.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { allowManyListeners } from '../core/abort.js'
import { systemClock } from '../core/clock.js'
import { isKitError, toKitError } from '../core/errors.js'
import { isReadOnly } from '../core/fs-durable.js'
import { CacheLease, type Lendable } from '../fetch/cache-lease.js'
import { FetchFlags, reserveFetchFlags } from '../fetch/fetch-flags.js'
import type { FetchTools } from '../fetch/fetch-tools.js'
import { ContentView, type Fetching } from '../operations/content-view.js'
import { tolerantChoice, type FetchChoice } from '../operations/fetch-choice.js'
import type { Run } from '../operations/run.js'
import { socketPath } from '../service/run-folder.js'
import { OwnerClient } from '../service/owner-client.js'
import { RpcUpstream } from '../service/rpc-upstream.js'
import { StoreReader } from '../store/reader.js'
import { sharedBlocks, type FetchShare } from './shared-blocks.js'

/**
 * @param choice how to fetch what is missing; undefined for not at all.
 * @param isUpkeep whether reading is no use of what is read.
 */
export function openContent(
  home: string,
  choice: FetchChoice | undefined,
  run: Run,
  isUpkeep: boolean
): ContentView {
  const reader = new StoreReader(home)
  const inspects = choice !== undefined && !isReadOnly(home)
  const share: FetchShare = { flags: reserveFetchFlags(), memory: undefined, inspects, isUpkeep }
  const flags = new FetchFlags(share.flags)
  flags.cached = existsSync(new CacheLayout(home).index)
  flags.fetched = choice !== undefined && isFetching(home, choice)
  const blocks = sharedBlocks(home, reader, share)
  const content = new Content(blocks, reader, { memory: TABLE_MEMORY, prompt: flags.fetched })
  const fetching =
    choice === undefined ? undefined : fetchingOf(home, choice, run, () => (flags.cached = true))
  return new ContentView(reader, content, fetching, run, blocks.close)
}

/**
 * Returns whether there is anybody to ask, who may still turn out to be broken. What is fetched must
 * be kept, so a home that cannot be written is read as it is.
 */
const isFetching = (home: string, { offline }: FetchChoice): boolean =>
  !offline && !isReadOnly(home) && backendNames(home).length > 0

function fetchingOf(home: string, choice: FetchChoice, run: Run, fetched: () => void): Fetching {
  allowManyListeners(run.signal)
  const lease = new CacheLease(
    () => openLendable(home, choice, run),
    (error) => run.warn(`the cache cannot be given back: ${toKitError(error).message}`)
  )
  return {
    signal: run.signal,
    offline: choice.offline,
    get resolver() {
      return choice.resolver
    },
    use: (work) => lease.use(work),
    fetched,
    close: () => lease.close()
  }
}

/** Takes over a cache of an earlier version, once, since readers alone do not understand it. */
export async function upgradeCache(home: string, choice: FetchChoice, run: Run): Promise<void> {
  if (isReadOnly(home) || !isOldIndex(new CacheLayout(home).index)) return
  try {
    const { upstream } = await openLendable(home, { ...tolerantChoice(choice), offline: true }, run)
    await upstream.close()
  } catch (error) {
    // Nothing of the store is lost with it, and the next command tries again.
    if (!isKitError(error) || run.signal.aborted) throw error
  }
}

/** Opens backends and cache: the engine's where one runs, else in this process. */
export async function openLendable(home: string, choice: FetchChoice, run: Run): Promise<Lendable> {
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
