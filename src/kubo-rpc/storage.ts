/** Commands that Kubo has not, and programs of the former ipfs-kit ask for: the cluster of nodes, and tiers. */
import { KitError } from '../core/errors.js'
import { backendList } from '../operations/backend-list.js'
import { cacheStats } from '../operations/cache-stats.js'
import { cacheWarm } from '../operations/cache-warm.js'
import { dagResolve } from '../operations/dag-resolve.js'
import { nodeKey } from '../operations/node-key.js'
import { pinAdd } from '../operations/pin-add.js'
import { pinRelease } from '../operations/pin-release.js'
import { pinStore } from '../operations/pin-store.js'
import { pinWhereis } from '../operations/pin-whereis.js'
import { snakeCased } from '../core/snake-case.js'
import { sendValue } from './answers.js'
import { argument, type KuboCall, type KuboCommands } from './call.js'
import { contentPath } from './paths.js'

export const storageCommands: KuboCommands = {
  'cluster/peers': async ({ http, services, run }) => {
    const { backends } = await backendList(services, {}, run)
    const own = { id: nodeKey(services.home).peerId, name: 'local' }
    const others = backends.map(({ name, type }) => ({ id: name, name, type }))
    sendValue(http, { success: true, peers: [own, ...others] })
  },
  'cluster/pin': async (call) => {
    const cid = await cidOf(call)
    const { services, run, http } = call
    await pinAdd(services, { paths: [cid], name: call.text('name') }, run)
    const backends = call.http.query.getAll('backend')
    const copies = await stored(call, cid, backends)
    sendValue(http, { success: true, cid, copies })
  },
  'cluster/status': async (call) => {
    const where = await pinWhereis(call.services, { cid: await cidOf(call) }, call.run)
    sendValue(call.http, { success: true, ...(snakeCased(where) as object) })
  },
  'storage/tiers': async ({ http, services, run }) => {
    const [{ cache }, { backends }] = await Promise.all([
      cacheStats(services, {}, run),
      backendList(services, {}, run)
    ])
    sendValue(http, { success: true, cache: snakeCased(cache), backends: backends.map(({ name, type }) => ({ name, type })) }) // prettier-ignore
  },
  'storage/migrate': migrate
}

async function cidOf(call: KuboCall): Promise<string> {
  const path = contentPath(call.args[0] ?? call.text('cid') ?? argument(call, 0, 'cid'))
  return (await dagResolve(call.services, { path }, call.run)).cid
}

/** @throws what kept a copy from being stored. */
async function stored(call: KuboCall, cid: string, backends: readonly string[]): Promise<unknown> {
  if (backends.length === 0) return []
  const { copies } = await pinStore(call.services, { cids: [cid], backends }, call.run)
  const lacking = copies.find(({ status }) => status !== 'stored')
  if (lacking !== undefined)
    throw lacking.error ?? new KitError('BUSY', `${cid} is not stored at ${lacking.backend} yet`)
  return snakeCased(copies)
}

/** Moves content to a tier here, or to a backend; `from` names the backend that loses it. */
async function migrate(call: KuboCall): Promise<void> {
  const { services, run } = call
  const cid = await cidOf(call)
  const to = call.text('to') ?? call.text('target_tier') ?? call.args[1]
  const from = call.text('from') ?? call.text('source_tier')
  if (to === undefined)
    throw new KitError('INVALID_ARGUMENT', 'argument "to" is required: local, disk, or a backend')
  let copies: unknown = []
  if (to === 'local') await pinAdd(services, { paths: [cid] }, run)
  else if (to === 'disk' || to === 'memory') await cacheWarm(services, { paths: [cid] }, run)
  else copies = await stored(call, cid, [to])
  const here = ['local', 'disk', 'memory']
  // What the cache holds may go at any time, so that the policy has its say.
  const force = to !== 'disk' && to !== 'memory'
  if (from !== undefined && from !== to && !here.includes(from))
    await pinRelease(services, { cids: [cid], backends: [from], force }, run)
  sendValue(call.http, { success: true, cid, to, ...(from === undefined ? {} : { from }), copies })
}
