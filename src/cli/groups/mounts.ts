/** Commands about mounts. */
import { DRIVERS, OPEN_MODES } from '../../config/config.js'
import { none, optional, type Command } from '../command.js'
import { JSON_OPTION as json, OFFLINE_OPTION as offline } from '../command-spec.js'

export const MOUNTS: readonly Command[] = [
  {
    name: 'mount',
    summary: 'show content-addressed storage as files; returns when the mount is ready',
    usage: '[PATH]',
    args: optional,
    options: {
      foreground: { type: 'boolean', help: 'stay, and unmount on Ctrl-C' },
      'any-folder': {
        type: 'boolean',
        help: "even at a folder of the system, or another user's"
      },
      'allow-other': { type: 'boolean', help: 'let other users enter' },
      'read-only': { type: 'boolean', help: 'saved queries cannot be changed either' },
      uid: { type: 'string', value: 'UID', help: 'owner shown (default: you)' },
      gid: { type: 'string', value: 'GID', help: 'group shown (default: yours)' },
      umask: { type: 'string', value: 'OCTAL', help: 'permission bits taken away' },
      open: {
        type: 'string',
        value: OPEN_MODES.join('|'),
        values: OPEN_MODES,
        help: 'whether the kernel reads contiguous files itself, where that is allowed'
      },
      driver: {
        type: 'string',
        value: DRIVERS.join('|'),
        values: DRIVERS,
        help: 'FUSE driver (auto: raw on Linux, else fuse-native)'
      },
      memory: { type: 'string', value: 'SIZE', help: 'memory for tables (default 64MiB)' },
      'cache-size': { type: 'string', value: 'SIZE', help: 'disk tier of the cache' },
      offline,
      json
    },
    examples: ['ipfs-kit mount', 'ipfs-kit mount ~/data --umask 027 --memory 256MiB'],
    load: () => import('../commands/mount.js')
  },
  {
    name: 'unmount',
    summary: 'unmount and stop the processes behind it; returns when they are gone',
    usage: '[PATH]',
    args: optional,
    options: {
      force: { type: 'boolean', help: 'even when files are open or the engine does not answer' },
      json
    },
    examples: ['ipfs-kit unmount', 'ipfs-kit unmount ~/data --force'],
    anyHome: true,
    load: () => import('../commands/unmount.js')
  },
  {
    name: 'status',
    summary: 'show the mounts, the processes behind them, and the store',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit status', 'ipfs-kit status --json'],
    anyHome: true,
    load: () => import('../commands/status.js')
  },
  {
    name: 'doctor',
    summary: 'check what a mount needs and say how to repair what is missing',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit doctor'],
    anyConfig: true,
    anyHome: true,
    load: () => import('../commands/doctor.js')
  }
]
