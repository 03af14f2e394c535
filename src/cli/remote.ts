/** What commands say about fetching: how much may be cached, and whether anything is fetched. */
import { parseSize } from '../config/units.js'
import { socketPath } from '../service/home-lock.js'
import { RpcUpstream } from '../service/upstream-content.js'
import type { EngineReport } from '../service/report.js'
import { RpcClient } from '../service/rpc.js'
import {
  flagOf,
  valueOf,
  type Context,
  type EngineFetchSettings,
  type UpstreamOptions
} from './context.js'

export function fetchSettings(context: Context): EngineFetchSettings {
  const { config } = context
  const text = valueOf(context, 'cache-size')
  return {
    disk: text === undefined ? config['cache.size'] : parseSize(text),
    memory: config['cache.memory'],
    maxItem: config['cache.max_item_size'],
    minAccessCount: config['cache.min_access_count'],
    offline: flagOf(context, 'offline'),
    resolver: config['names.resolver']
  }
}

export const upstreamOptions = (context: Context): UpstreamOptions => ({
  settings: fetchSettings(context),
  signal: context.signal,
  warn: (message) => context.warn(message)
})

/** What the engine of a home says of itself; undefined where none runs. */
export async function engineReport(home: string): Promise<EngineReport | undefined> {
  const client = await RpcClient.connect(socketPath(home))
  if (client === undefined) return undefined
  const remote = new RpcUpstream(client)
  try {
    return await remote.reportAll()
  } finally {
    await remote.close()
  }
}
