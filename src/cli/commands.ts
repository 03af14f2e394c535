/** Every command there is: one table feeds parsing, help and completion. */
import { BACKEND_TYPES } from '../../backends/registry.js'
import { backendFlags } from './backend-flags.js'
import {
  type CommandSpec,
  JSON_OPTION as json,
  OFFLINE_OPTION as offline,
  QUIET_OPTION as quiet
} from './command.js'
import type { Context } from './context.js'

export interface Command extends CommandSpec {
  /** @returns the exit code; 0 when nothing is returned. */
  readonly load: () => Promise<{ run: (context: Context) => Promise<number | void> }>
}

const none = { min: 0, max: 0 }
const one = { min: 1, max: 1 }
const optional = { min: 0, max: 1 }
const many = { min: 1, max: Number.MAX_SAFE_INTEGER }
const any = { min: 0, max: Number.MAX_SAFE_INTEGER }

const backendOptions = backendFlags()

export const COMMANDS: readonly Command[] = [
  {
    name: 'mount',
    summary: 'show content-addressed storage as files; returns when the mount is ready',
    usage: '[PATH]',
    args: optional,
    options: {
      foreground: { type: 'boolean', help: 'stay, and unmount on Ctrl-C' },
      'allow-other': { type: 'boolean', help: 'let other users enter' },
      uid: { type: 'string', value: 'UID', help: 'owner shown (default: you)' },
      gid: { type: 'string', value: 'GID', help: 'group shown (default: yours)' },
      umask: { type: 'string', value: 'OCTAL', help: 'permission bits taken away' },
      open: {
        type: 'string',
        value: 'auto|passthrough|none',
        help: 'who reads contiguous files: the kernel by itself where allowed, or always we'
      },
      driver: {
        type: 'string',
        value: 'auto|raw|fuse-native',
        help: 'who speaks to the kernel (auto: raw on Linux, else fuse-native)'
      },
      memory: { type: 'string', value: 'SIZE', help: 'memory for tables (default 64MiB)' },
      'cache-size': { type: 'string', value: 'SIZE', help: 'disk tier of the cache' },
      offline,
      json
    },
    examples: ['ipfs-kit mount', 'ipfs-kit mount ~/data --umask 027 --memory 256MiB'],
    storeless: true,
    load: () => import('./commands/mount.js')
  },
  {
    name: 'unmount',
    summary: 'unmount and stop the processes behind it; returns when they are gone',
    usage: '[PATH]',
    args: optional,
    options: {
      force: { type: 'boolean', help: 'even when files are open or nobody answers' },
      json
    },
    examples: ['ipfs-kit unmount', 'ipfs-kit unmount ~/data --force'],
    storeless: true,
    load: () => import('./commands/unmount.js')
  },
  {
    name: 'status',
    summary: 'the mounts, who serves them, and what the store holds',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit status', 'ipfs-kit status --json'],
    load: () => import('./commands/status.js')
  },
  {
    name: 'doctor',
    summary: 'check what a mount needs and say how to mend what is missing',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit doctor'],
    anyConfig: true,
    storeless: true,
    load: () => import('./commands/doctor.js')
  },
  {
    name: 'add',
    summary: 'import files and folders, pin each root, print their CIDs',
    usage: 'PATH…',
    args: many,
    options: {
      profile: {
        type: 'string',
        value: 'NAME',
        help: 'unixfs-v1-2025 (default) or unixfs-v0-2015'
      },
      chunker: { type: 'string', value: 'size-N', help: 'bytes to a chunk' },
      'only-hash': { type: 'boolean', short: 'n', help: 'compute the CIDs, store nothing' },
      'no-pin': { type: 'boolean', help: 'do not pin: gc may take it' },
      wrap: { type: 'boolean', short: 'w', help: 'put the PATHs into one folder' },
      hidden: { type: 'boolean', short: 'H', help: 'take dotfiles inside folders too' },
      'preserve-mode': { type: 'boolean', help: 'keep permission bits' },
      'preserve-mtime': { type: 'boolean', help: 'keep modification times' },
      'stdin-name': { type: 'string', value: 'NAME', help: 'name of what `-` reads' },
      recursive: { type: 'boolean', short: 'r', help: 'accepted; folders need no flag' },
      quieter: { type: 'boolean', short: 'Q', help: "print only the last PATH's CID" },
      quiet,
      json
    },
    examples: [
      'ipfs-kit add photos/',
      'tar c src | ipfs-kit add - --stdin-name src.tar',
      'ipfs-kit add -Q data.parquet'
    ],
    load: () => import('./commands/add.js')
  },
  {
    name: 'cat',
    summary: 'write the bytes of files to stdout',
    usage: 'CIDPATH…',
    args: many,
    options: {
      offset: { type: 'string', value: 'N', help: 'begin at this byte' },
      length: { type: 'string', value: 'N', help: 'at most this many bytes' },
      offline
    },
    examples: ['ipfs-kit cat bafy…/README.md', 'ipfs-kit cat --offset 1000 --length 50 bafy…'],
    load: () => import('./commands/cat.js')
  },
  {
    name: 'ls',
    summary: 'list a folder: name, type, size, CID',
    usage: 'CIDPATH',
    args: one,
    options: {
      long: { type: 'boolean', short: 'l', help: 'with mode and time' },
      offline,
      quiet,
      json
    },
    examples: ['ipfs-kit ls bafy…', 'ipfs-kit ls -l bafy…/sub'],
    load: () => import('./commands/ls.js')
  },
  {
    name: 'get',
    summary: 'copy a file or folder out of the store',
    usage: 'CIDPATH',
    args: one,
    options: {
      output: {
        type: 'string',
        short: 'o',
        value: 'OUT',
        help: 'what to make (default: the last name of the path)'
      },
      offline
    },
    examples: ['ipfs-kit get bafy…/photos', 'ipfs-kit get bafy… -o photos'],
    load: () => import('./commands/get.js')
  },
  {
    name: 'stat',
    summary: 'type, size, blocks, links, depth, and whether all of it is here',
    usage: 'CIDPATH',
    args: one,
    options: { json },
    examples: ['ipfs-kit stat bafy…', 'ipfs-kit stat --json ~/ipfs/ipfs/bafy…/data.csv'],
    load: () => import('./commands/stat.js')
  },
  {
    name: 'car import',
    summary: 'take in archives, every block verified; prints and pins their roots',
    usage: 'FILE…',
    args: many,
    options: { 'no-pin': { type: 'boolean', help: 'do not pin the roots' }, quiet, json },
    examples: ['ipfs-kit car import dataset.car'],
    load: () => import('./commands/car-import.js')
  },
  {
    name: 'car export',
    summary: 'write a DAG as CARv1, depth first',
    usage: 'CIDPATH',
    args: one,
    options: {
      output: { type: 'string', short: 'o', value: 'FILE', help: 'file to make (default: stdout)' }
    },
    examples: [
      'ipfs-kit car export bafy… -o dataset.car',
      'ipfs-kit car export bafy… | ssh host ipfs-kit car import -'
    ],
    load: () => import('./commands/car-export.js')
  },
  {
    name: 'car verify',
    summary: 'check every hash of an archive and every link its roots lead to',
    usage: 'FILE',
    args: one,
    options: { json },
    examples: [
      'ipfs-kit car verify dataset.car',
      'ipfs-kit car export bafy… | ipfs-kit car verify -'
    ],
    load: () => import('./commands/car-verify.js')
  },
  {
    name: 'pin add',
    summary: 'keep a DAG, or one block, when gc runs',
    usage: 'CIDPATH…',
    args: many,
    options: {
      direct: { type: 'boolean', help: 'only the block itself' },
      name: { type: 'string', value: 'NAME', help: 'a name for the pin' },
      quiet,
      json
    },
    examples: ['ipfs-kit pin add bafy… --name backup-2025'],
    load: () => import('./commands/pin-add.js')
  },
  {
    name: 'pin rm',
    summary: 'let go of a pinned root; its blocks stay until gc',
    usage: 'CID…',
    args: many,
    options: { quiet, json },
    examples: ['ipfs-kit pin rm bafy…'],
    load: () => import('./commands/pin-rm.js')
  },
  {
    name: 'pin ls',
    summary: 'list pinned roots',
    usage: '[CID…]',
    args: any,
    options: { limit: { type: 'string', value: 'N', help: 'at most this many' }, quiet, json },
    examples: ['ipfs-kit pin ls', 'ipfs-kit pin ls --limit 10 --json'],
    load: () => import('./commands/pin-ls.js')
  },
  {
    name: 'backend add',
    summary: 'name somebody else who holds content: what is not here is fetched from there',
    usage: 'NAME --type TYPE',
    args: one,
    options: {
      type: { type: 'string', value: Object.keys(BACKEND_TYPES).join('|'), help: 'what it is' },
      ...backendOptions,
      json
    },
    examples: [
      'ipfs-kit backend add node --type kubo',
      'ipfs-kit backend add web --type gateway --url https://trustless-gateway.link --url https://4everland.io',
      'ipfs-kit backend add disk --type filesystem --path /media/usb'
    ],
    load: () => import('./commands/backend-add.js')
  },
  {
    name: 'backend ls',
    summary: 'the backends, how they are, and what they gave',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit backend ls'],
    load: () => import('./commands/backend-ls.js')
  },
  {
    name: 'backend show',
    summary: 'what a backend was added with',
    usage: 'NAME',
    args: one,
    options: { json },
    examples: ['ipfs-kit backend show node'],
    storeless: true,
    load: () => import('./commands/backend-show.js')
  },
  {
    name: 'backend update',
    summary: 'change options of a backend; those not named stay',
    usage: 'NAME',
    args: one,
    options: {
      ...backendOptions,
      writable: { type: 'boolean', help: 'take --read-only back' },
      json
    },
    examples: ['ipfs-kit backend update node --timeout 30s --priority 10'],
    load: () => import('./commands/backend-update.js')
  },
  {
    name: 'backend rm',
    summary: 'forget a backend; what it holds stays there',
    usage: 'NAME',
    args: one,
    options: { json },
    examples: ['ipfs-kit backend rm node'],
    load: () => import('./commands/backend-rm.js')
  },
  {
    name: 'backend test',
    summary:
      'put a block or a file there, get it, remove it; or just ask, where nothing may be put',
    usage: 'NAME',
    args: one,
    options: { json },
    examples: ['ipfs-kit backend test node'],
    storeless: true,
    load: () => import('./commands/backend-test.js')
  },
  {
    name: 'cache stats',
    summary: 'what the cache holds, and how often it was of use',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit cache stats'],
    load: () => import('./commands/cache-stats.js')
  },
  {
    name: 'cache warm',
    summary: 'fetch all of a file or folder; what is here is not fetched again',
    usage: 'CIDPATH…',
    args: many,
    options: { json },
    examples: ['ipfs-kit cache warm bafy…/2025'],
    load: () => import('./commands/cache-warm.js')
  },
  {
    name: 'cache evict',
    summary: 'let go of single blocks in the cache, not of what is below them',
    usage: 'CID…',
    args: many,
    options: { json },
    examples: ['ipfs-kit cache evict bafy…'],
    load: () => import('./commands/cache-evict.js')
  },
  {
    name: 'cache clear',
    summary: 'let go of everything in the cache',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit cache clear'],
    load: () => import('./commands/cache-clear.js')
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
    load: () => import('./commands/explain.js')
  },
  {
    name: 'metrics',
    summary: "cache, fetching and backends in Prometheus' text format",
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit metrics > /var/lib/node_exporter/ipfs-kit.prom'],
    load: () => import('./commands/metrics.js')
  },
  {
    name: 'gc',
    summary: 'remove what no pin reaches',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit gc'],
    load: () => import('./commands/gc.js')
  },
  {
    name: 'fsck',
    summary: 'check the store',
    usage: '',
    args: none,
    options: {
      'read-data': { type: 'boolean', help: 'read and hash every block' },
      repair: { type: 'boolean', help: 'take what is damaged out of the index' },
      json
    },
    examples: ['ipfs-kit fsck', 'ipfs-kit fsck --read-data --repair'],
    load: () => import('./commands/fsck.js')
  },
  {
    name: 'completion',
    summary: 'print tab completion for a shell',
    usage: 'bash|zsh|fish',
    args: one,
    options: {},
    examples: ['source <(ipfs-kit completion bash)'],
    anyConfig: true,
    storeless: true,
    load: () => import('./commands/completion.js')
  },
  {
    name: 'help',
    summary: 'help on a command',
    usage: '[COMMAND]',
    args: { min: 0, max: 2 },
    options: {},
    examples: ['ipfs-kit help add'],
    anyConfig: true,
    storeless: true,
    load: () => import('./commands/help.js')
  }
]

/** The command that the first words name, and how many words that takes. */
export function findCommand(words: readonly string[]): { spec: Command; used: number } | undefined {
  for (const used of [2, 1]) {
    if (words.length < used) continue
    const name = words.slice(0, used).join(' ')
    const spec = COMMANDS.find((command) => command.name === name)
    if (spec !== undefined) return { spec, used }
  }
  return undefined
}
