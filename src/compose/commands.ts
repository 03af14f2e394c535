/**
 * The composition root of the commands: with those of the engine and its threads the only
 * file that knows concrete layers together.
 */
import { existsSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { configuredBackends } from '../../backends/configured.js'
import { CacheLayout } from '../cache/layout.js'
import { diskFor } from '../cache/room.js'
import type { ContentView, UpstreamOptions, Services } from '../cli/context.js'
import { CacheLease, type Lendable } from '../service/cache-lease.js'
import { FetchFlags, sharedBlocks, type FetchShare } from '../fetch/shared-blocks.js'
import { chunkTable, partCid } from '../formats/chunk-table.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { describeBlock } from '../formats/describe-block.js'
import { leavesOf, missingBelow, readableLinks } from '../content/walk.js'
import { DAG_PB, type Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { manyMayListen } from '../core/abort.js'
import { isContent, NotReady, whenReady } from '../core/not-ready.js'
import { lockHome, ownerPid, socketPath } from '../service/home-lock.js'
import { LocalOwner, type DagPorts } from '../service/local-owner.js'
import { acquireHome } from '../service/acquire-home.js'
import { RpcUpstream, type UpstreamContent } from '../service/upstream-content.js'
import { RpcClient } from '../service/rpc.js'
import { BlockStore, type StoreOptions } from '../store/block-store.js'
import { StoreLayout } from '../store/layout.js'
import { Kind } from '../formats/block-kind.js'
import { StoreReader } from '../store/reader.js'
import { rebuildIndex } from '../store/rebuild.js'

/** A command's view of a home: the store, what the cache has on disk, and what can be fetched. */
function openReading(home: string, remote?: UpstreamOptions): ContentView {
  const reader = new StoreReader(home)
  const share: FetchShare = { flags: new SharedArrayBuffer(8), memory: undefined }
  const flags = new FetchFlags(share)
  flags.cached = existsSync(new CacheLayout(home).index)
  flags.fetched =
    remote !== undefined && !remote.settings.offline && configuredBackends(home).length > 0
  const blocks = sharedBlocks(home, reader, share)
  const prompt = flags.fetched
  const content = new Content(blocks, reader, { memory: TABLE_MEMORY, prompt })
  if (remote !== undefined) manyMayListen(remote.signal)
  const elsewhere =
    remote === undefined ? undefined : new CacheLease(() => openLendable(home, remote))
  const names = new Map<string, Cid | undefined>()
  return {
    reader,
    content,
    tierOf: (cid) => {
      if (cid.isIdentity || reader.has(cid.key)) return 'local'
      return blocks.find(cid.key) === undefined ? undefined : 'disk'
    },
    originName: (cid) => content.origin(cid),
    named: (name) => {
      if (remote === undefined)
        throw new KitError('USAGE', `this command takes CIDs, not /ipns/${name}; a link in a mount tells where it leads: readlink ~/ipfs/ipns/${name}`) // prettier-ignore
      if (remote.settings.offline)
        throw new KitError('BACKEND_UNAVAILABLE', `/ipns/${name} is not looked up offline`)
      if (!names.has(name)) throw new NotReady({ type: 'name', name })
      const cid = names.get(name)
      if (cid === undefined)
        throw new KitError(
          'PATH_NOT_FOUND',
          `/ipns/${name} leads nowhere: ${whyNot(name, remote.settings.resolver)}`
        )
      return cid
    },
    fetched: async (work) =>
      whenReady(work, async (need) => {
        const { want } = need
        if (remote === undefined || elsewhere === undefined) throw need
        if (want.type === 'name') {
          const { name } = want
          names.set(name, await elsewhere.use((it) => it.resolveName(name, remote.signal)))
          return
        }
        if (!isContent(want)) throw need
        // Signals are heard between turns only.
        await turn()
        if (remote.signal.aborted) throw new KitError('ABORTED', 'interrupted')
        await elsewhere.use((it) => it.retrieve(want, remote.signal))
        flags.cached = true
        if (want.type === 'table') content.prepare(want.cid)
      }),
    close: async () => elsewhere?.close()
  }
}

function whyNot(name: string, resolver: string): string {
  const nobody = 'no backend has a record of it'
  if (!name.includes('.')) return nobody
  if (resolver === 'off') return `${nobody}, and domains are not looked up; see names.resolver`
  return `${nobody}, and it has no DNSLink`
}

async function openUpstream(home: string, remote: UpstreamOptions): Promise<UpstreamContent> {
  return (await openLendable(home, remote)).remote
}

async function openLendable(home: string, remote: UpstreamOptions): Promise<Lendable> {
  const client = await RpcClient.connect(socketPath(home))
  if (client !== undefined) return { remote: new RpcUpstream(client), isWanted: () => false }
  const { Upstream } = await import('../fetch/upstream.js')
  const { settings, warn } = remote
  const share = { flags: new SharedArrayBuffer(8), memory: undefined }
  const sized = { ...settings, disk: diskFor(home, settings.disk) }
  const fetching = await Upstream.open(home, sized, share, warn, remote.signal)
  return { remote: fetching, isWanted: () => fetching.isWanted }
}

function dagPorts(content: Content): DagPorts {
  return {
    linksOf: readableLinks,
    missingBelow: (root) => missingBelow(root, content),
    leavesOf: (root) => leavesOf(root, content)
  }
}

/** Own a home whose lock we hold. */
export function ownStore(
  home: string,
  lock: { release(): void },
  options: StoreOptions,
  alone = false
): LocalOwner {
  const store = BlockStore.open(home, options)
  const content = new Content(store.reader, store.reader, { memory: TABLE_MEMORY })
  return new LocalOwner(store, lock, dagPorts(content), alone)
}

const openOwner: Services['openOwner'] = (home, warn, alone = false) =>
  acquireHome(home, alone, (lock) => ownStore(home, lock, { warn }, alone), warn)

function rebuild(home: string) {
  const lock = lockHome(home)
  if (lock === undefined)
    throw new KitError(
      'LOCKED',
      `the home ${home} is in use by process ${ownerPid(home) ?? '?'}; unmount it before its index is rebuilt`
    )
  try {
    return rebuildIndex(new StoreLayout(home), {
      describe: describeBlock,
      parts: (cid, block) => {
        if (cid.codec !== DAG_PB || describeBlock(cid.codec, block).kind !== Kind.FILE)
          return undefined
        const table = ifReadable(() => chunkTable(cid, block))
        if (table === undefined || table.ends.length === 0) return undefined
        return Array.from(table.ends, (end, i) => ({
          cid: partCid(table, i),
          size: end - (i === 0 ? table.inline.length : table.ends[i - 1]!)
        }))
      }
    })
  } finally {
    lock.release()
  }
}

function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}

export const services: Services = { openReading, openUpstream, openOwner, rebuild }
