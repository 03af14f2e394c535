/** Commands about the engine without a mount. */
import { none, one, type Command } from '../command.js'
import { NEWS_TYPES } from '../../operations/events.js'
import { JSON_OPTION as json, OFFLINE_OPTION as offline } from '../command-spec.js'

export const DAEMON: readonly Command[] = [
  {
    name: 'dashboard',
    summary: 'open the dashboard of this home in a browser, signed in',
    usage: '',
    args: none,
    options: {
      'read-only': { type: 'boolean', help: 'sign in to look, and change nothing' },
      'no-open': { type: 'boolean', help: 'print the address, and open no browser' },
      json
    },
    examples: ['ipfs-kit dashboard', 'ipfs-kit dashboard --read-only --no-open'],
    load: () => import('../commands/dashboard.js')
  },
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
    name: 'daemon restart',
    summary: 'end the engine of this home, and start another',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit daemon restart'],
    load: () => import('../commands/daemon-restart.js')
  },
  {
    name: 'daemon status',
    summary: 'show whether an engine runs for this home, and why',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit daemon status'],
    load: () => import('../commands/daemon-status.js')
  },
  {
    name: 'events',
    summary: 'follow what happens in the engine of this home',
    usage: '',
    args: none,
    options: {
      type: { type: 'string', value: 'TYPE', multiple: true, help: `only these: ${NEWS_TYPES.join(', ')}`, values: NEWS_TYPES }, // prettier-ignore
      after: { type: 'string', value: 'ID', help: 'first what happened after this event' },
      limit: { type: 'string', value: 'N', help: 'end after so many events' },
      timeout: { type: 'string', value: 'DURATION', help: 'end after this time, as 30s' },
      format: { type: 'string', value: 'FORMAT', help: 'text, or ndjson: one JSON object a line', values: ['text', 'ndjson'] }, // prettier-ignore
      json: { type: 'boolean', help: 'print one JSON document at the end, which --limit or --timeout sets' } // prettier-ignore
    },
    examples: [
      'ipfs-kit events',
      'ipfs-kit events --type backend_down --type backend_up --format ndjson',
      'ipfs-kit events --type added --limit 1 --json'
    ],
    load: () => import('../commands/events.js')
  },
  {
    name: 'daemon intelligent',
    summary: 'how the copies of pins on backends stand, what to know of them, and their repair',
    usage: 'health|insights|status|sync',
    args: one,
    completes: ['health', 'insights', 'status', 'sync'],
    options: {
      detailed: { type: 'boolean', help: 'with status: what fails, and when copies were verified' },
      backend: {
        type: 'string',
        value: 'NAME',
        help: 'with sync: only this backend',
        completes: 'backend'
      },
      json
    },
    examples: [
      'ipfs-kit daemon intelligent health',
      'ipfs-kit daemon intelligent insights',
      'ipfs-kit daemon intelligent sync --backend bucket'
    ],
    load: () => import('../commands/daemon-intelligent.js')
  }
]
