/** What commands say about fetching: how much may be cached, and whether anything is fetched. */
import { parseSize } from '../config/units.js'
import { socketPath } from '../daemon/home-lock.js'
import { RemoteByRpc, type RemoteReport } from '../daemon/remote.js'
import { RpcClient } from '../daemon/rpc.js'
import {
  flagOf,
  valueOf,
  type Context,
  type EngineCacheSettings,
  type RemoteOptions
} from './context.js'

export function cacheSettings(context: Context): EngineCacheSettings {
  const { config } = context
  const text = valueOf(context, 'cache-size')
  return {
    disk: text === undefined ? config['cache.size'] : parseSize(text),
    memory: config['cache.memory'],
    maxItem: config['cache.max_item_size'],
    minAccessCount: config['cache.min_access_count'],
    offline: flagOf(context, 'offline')
  }
}

export const remoteOptions = (context: Context): RemoteOptions => ({
  settings: cacheSettings(context),
  signal: context.signal,
  warn: (message) => context.warn(message)
})

/** What the engine of a home knows of its cache and backends; undefined where none runs. */
export async function engineReport(home: string): Promise<RemoteReport | undefined> {
  const client = await RpcClient.connect(socketPath(home))
  if (client === undefined) return undefined
  const remote = new RemoteByRpc(client)
  try {
    return await remote.report()
  } finally {
    await remote.close()
  }
}
