/** Commands that keep, free and check blocks. */
import { none, many, any, one, type Command } from '../command.js'
import { JSON_OPTION as json, QUIET_OPTION as quiet } from '../command-spec.js'

const backends = {
  type: 'string',
  value: 'NAME[,NAME…]',
  completes: 'backends'
} as const

export const PINS: readonly Command[] = [
  {
    name: 'pin add',
    summary:
      'keep a DAG, or one block, when gc runs; with --backend or --replicas on backends, too',
    usage: 'CIDPATH…',
    args: many,
    completes: 'cid-path',
    options: {
      direct: { type: 'boolean', help: 'only the block itself' },
      name: { type: 'string', value: 'NAME', help: 'a name for the pin', completes: 'pin-name' },
      backend: { ...backends, help: 'store a copy on each of these backends' },
      replicas: {
        type: 'string',
        value: 'N',
        help: 'store copies on N backends, which the policy chooses (pins.replicas and others)'
      },
      tag: {
        type: 'string',
        value: 'TAG',
        help: 'a tag of the copies, which rules of the policy may name',
        multiple: true
      },
      quiet,
      json
    },
    examples: [
      'ipfs-kit pin add bafy… --name backup-2025',
      'ipfs-kit pin add bafy… --backend bucket,nas',
      'ipfs-kit pin add bafy… --replicas 2 --tag master'
    ],
    load: () => import('../commands/pin-add.js')
  },
  {
    name: 'pin rm',
    summary: 'unpin a root, or with --backend remove its copies there; blocks stay until gc',
    usage: 'CID…',
    args: many,
    completes: 'pin',
    options: {
      backend: { ...backends, help: 'remove the copies on these backends (all: on every one)' },
      force: { type: 'boolean', help: 'remove copies that the policy asks for, too' },
      quiet,
      json
    },
    examples: ['ipfs-kit pin rm bafy…', 'ipfs-kit pin rm bafy… --backend bucket'],
    load: () => import('../commands/pin-rm.js')
  },
  {
    name: 'pin ls',
    summary: 'list pinned roots, or with --backend their copies on backends',
    usage: '[CID…]',
    args: any,
    completes: 'pin',
    options: {
      limit: { type: 'string', value: 'N', help: 'at most this many' },
      backend: { ...backends, help: 'the copies on these backends (all: on every one)' },
      status: {
        type: 'string',
        value: 'STATUS',
        help: 'copies that are stored, pending or failed',
        values: ['stored', 'pending', 'failed']
      },
      name: { type: 'string', value: 'NAME', help: 'copies of this name; * and ? are wildcards', completes: 'pin-name' }, // prettier-ignore
      tag: { type: 'string', value: 'TAG', help: 'copies with this tag' },
      after: { type: 'string', value: 'CID', help: 'begin behind this CID' },
      quiet,
      json
    },
    examples: [
      'ipfs-kit pin ls',
      'ipfs-kit pin ls --limit 10 --json',
      'ipfs-kit pin ls --backend all --status failed'
    ],
    load: () => import('../commands/pin-ls.js')
  },
  {
    name: 'pin verify',
    summary: 'verify that backends have the copies that they should have',
    usage: '[CID…]',
    args: any,
    completes: 'pin',
    options: {
      backend: { ...backends, help: 'only copies on these backends' },
      'read-data': { type: 'boolean', help: 'read and hash every byte' },
      quiet,
      json
    },
    examples: ['ipfs-kit pin verify', 'ipfs-kit pin verify --backend bucket --read-data'],
    load: () => import('../commands/pin-verify.js')
  },
  {
    name: 'pin heal',
    summary: 'store again what backends lack, from wherever there is a good copy',
    usage: '[CID…]',
    args: any,
    completes: 'pin',
    options: {
      backend: { ...backends, help: 'only copies on these backends' },
      'read-data': { type: 'boolean', help: 'hash every byte of what is there first' },
      quiet,
      json
    },
    examples: ['ipfs-kit pin heal', 'ipfs-kit pin heal bafy… --read-data'],
    load: () => import('../commands/pin-heal.js')
  },
  {
    name: 'pin move',
    summary: 'move copies to where the policy would choose now: cold pins to the cheapest backends',
    usage: '[CID…]',
    args: any,
    completes: 'pin',
    options: {
      'dry-run': { type: 'boolean', help: 'tell what would move, and move nothing' },
      limit: { type: 'string', value: 'N', help: 'at most this many' },
      quiet,
      json
    },
    examples: ['ipfs-kit pin move --dry-run', 'ipfs-kit pin move'],
    load: () => import('../commands/pin-move.js')
  },
  {
    name: 'pin whereis',
    summary: 'tell where a pin is kept',
    usage: 'CIDPATH',
    args: one,
    completes: 'cid-path',
    options: { json },
    examples: ['ipfs-kit pin whereis bafy…'],
    load: () => import('../commands/pin-whereis.js')
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
