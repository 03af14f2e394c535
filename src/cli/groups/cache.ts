/** Commands of what was fetched, and from where. */
import { none, one, many, type Command } from '../command.js'
import { JSON_OPTION as json, OFFLINE_OPTION as offline } from '../command-spec.js'

export const CACHE: readonly Command[] = [
  {
    name: 'cache stats',
    summary: 'what the cache holds, and how often it was of use',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit cache stats'],
    load: () => import('../commands/cache-stats.js')
  },
  {
    name: 'cache warm',
    summary: 'fetch all of a file or folder; what is here is not fetched again',
    usage: 'CIDPATH…',
    args: many,
    options: { json },
    examples: ['ipfs-kit cache warm bafy…/2025'],
    load: () => import('../commands/cache-warm.js')
  },
  {
    name: 'cache evict',
    summary: 'let go of single blocks in the cache, not of what is below them',
    usage: 'CID…',
    args: many,
    options: { json },
    examples: ['ipfs-kit cache evict bafy…'],
    load: () => import('../commands/cache-evict.js')
  },
  {
    name: 'cache clear',
    summary: 'let go of everything in the cache',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit cache clear'],
    load: () => import('../commands/cache-clear.js')
  },
  {
    name: 'explain',
    summary: 'where the bytes of a file come from, or would come from',
    usage: 'CIDPATH',
    args: one,
    options: {
      fetch: { type: 'boolean', help: 'fetch what is not here, and say what that took' },
      offline,
      json
    },
    examples: ['ipfs-kit explain bafy…/data.parquet', 'ipfs-kit explain --fetch bafy…'],
    load: () => import('../commands/explain.js')
  },
  {
    name: 'metrics',
    summary: "cache, fetching and backends in Prometheus' text format",
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit metrics > /var/lib/node_exporter/ipfs-kit.prom'],
    load: () => import('../commands/metrics.js')
  }
]
