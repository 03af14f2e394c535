/** Commands that keep, free and check blocks. */
import { none, many, any, type Command } from '../command.js'
import { JSON_OPTION as json, QUIET_OPTION as quiet } from '../command-spec.js'

export const PINS: readonly Command[] = [
  {
    name: 'pin add',
    summary: 'keep a DAG, or one block, when gc runs',
    usage: 'CIDPATH…',
    args: many,
    completes: 'cid-path',
    options: {
      direct: { type: 'boolean', help: 'only the block itself' },
      name: { type: 'string', value: 'NAME', help: 'a name for the pin', completes: 'pin-name' },
      quiet,
      json
    },
    examples: ['ipfs-kit pin add bafy… --name backup-2025'],
    load: () => import('../commands/pin-add.js')
  },
  {
    name: 'pin rm',
    summary: 'unpin a root; its blocks stay until gc',
    usage: 'CID…',
    args: many,
    completes: 'pin',
    options: { quiet, json },
    examples: ['ipfs-kit pin rm bafy…'],
    load: () => import('../commands/pin-rm.js')
  },
  {
    name: 'pin ls',
    summary: 'list pinned roots',
    usage: '[CID…]',
    args: any,
    completes: 'pin',
    options: { limit: { type: 'string', value: 'N', help: 'at most this many' }, quiet, json },
    examples: ['ipfs-kit pin ls', 'ipfs-kit pin ls --limit 10 --json'],
    load: () => import('../commands/pin-ls.js')
  },
  {
    name: 'gc',
    summary: 'remove the blocks that no pin reaches',
    usage: '',
    args: none,
    options: {
      'dry-run': { type: 'boolean', help: 'say what would be removed, and remove nothing' },
      json
    },
    examples: ['ipfs-kit gc --dry-run', 'ipfs-kit gc'],
    load: () => import('../commands/gc.js')
  },
  {
    name: 'fsck',
    summary: 'check the store',
    usage: '',
    args: none,
    options: {
      'read-data': { type: 'boolean', help: 'read and hash every block' },
      repair: { type: 'boolean', help: 'remove damaged blocks from the index' },
      json
    },
    examples: ['ipfs-kit fsck', 'ipfs-kit fsck --read-data --repair'],
    load: () => import('../commands/fsck.js')
  }
]
