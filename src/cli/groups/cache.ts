/** Commands about the cache and the origin of content. */
import { none, one, many, type Command } from '../command.js'
import {
  JSON_OPTION as json,
  OFFLINE_OPTION as offline,
  QUIET_OPTION as quiet
} from '../command-spec.js'

export const CACHE: readonly Command[] = [
  {
    name: 'cache stats',
    summary: 'show what the cache holds, and how often it was hit',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit cache stats'],
    load: () => import('../commands/cache-stats.js')
  },
  {
    name: 'cache ls',
    summary: 'list the blocks of the cache: size, tier, how often each was read, who gave it',
    usage: '',
    args: none,
    options: {
      limit: { type: 'string', value: 'N', help: 'at most this many (default 1000)' },
      quiet,
      json
    },
    examples: ['ipfs-kit cache ls', 'ipfs-kit cache ls -q --limit 10'],
    load: () => import('../commands/cache-ls.js')
  },
  {
    name: 'cache warm',
    summary: 'fetch all of a file or folder that is missing here',
    usage: 'CIDPATH…',
    args: many,
    completes: 'cid-path',
    options: { json },
    examples: ['ipfs-kit cache warm bafy…/2025'],
    load: () => import('../commands/cache-warm.js')
  },
  {
    name: 'cache evict',
    summary: 'remove blocks from the cache',
    usage: 'CID…',
    args: many,
    completes: 'pin',
    options: {
      recursive: { type: 'boolean', short: 'r', help: 'and all blocks below them' },
      json
    },
    examples: ['ipfs-kit cache evict bafy…', 'ipfs-kit cache evict --recursive bafy…'],
    load: () => import('../commands/cache-evict.js')
  },
  {
    name: 'cache clear',
    summary: 'remove everything from the cache',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit cache clear'],
    load: () => import('../commands/cache-clear.js')
  },
  {
    name: 'explain',
    summary: 'show where the bytes of a file or folder come from, or would come from',
    usage: 'CIDPATH',
    args: one,
    completes: 'cid-path',
    options: {
      fetch: { type: 'boolean', help: 'fetch missing blocks, and measure that' },
      offline,
      json
    },
    examples: ['ipfs-kit explain bafy…/data.parquet', 'ipfs-kit explain --fetch bafy…'],
    load: () => import('../commands/explain.js')
  },
  {
    name: 'metrics',
    summary: "mounts, store, cache and backends in Prometheus' text format",
    usage: '',
    args: none,
    options: {
      textfile: { type: 'string', value: 'PATH', help: 'replace this file by them, atomically' },
      json
    },
    examples: [
      'ipfs-kit metrics',
      'ipfs-kit metrics --textfile /var/lib/node_exporter/ipfs-kit.prom'
    ],
    load: () => import('../commands/metrics.js')
  }
]
