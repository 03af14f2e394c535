/** Commands about the engine without a mount. */
import { none, type Command } from '../command.js'
import { JSON_OPTION as json, OFFLINE_OPTION as offline } from '../command-spec.js'

export const DAEMON: readonly Command[] = [
  {
    name: 'daemon start',
    summary: 'keep an engine for this home, without a mount',
    usage: '',
    args: none,
    options: {
      foreground: { type: 'boolean', help: 'stay, and end the engine on Ctrl-C' },
      'cache-size': { type: 'string', value: 'SIZE', help: 'disk tier of the cache' },
      offline,
      json
    },
    examples: ['ipfs-kit daemon start'],
    load: () => import('../commands/daemon-start.js')
  },
  {
    name: 'daemon stop',
    summary: 'end the engine of this home, which must have no mounts',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit daemon stop'],
    load: () => import('../commands/daemon-stop.js')
  },
  {
    name: 'daemon status',
    summary: 'show whether an engine runs for this home, and why',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit daemon status'],
    load: () => import('../commands/daemon-status.js')
  }
]
