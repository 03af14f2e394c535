/** Commands about backends. */
import { BACKEND_TYPES } from '../../../backends/registry.js'
import { backendFlags } from '../backend-flags.js'
import { none, one, type Command } from '../command.js'
import { JSON_OPTION as json } from '../command-spec.js'

const TYPES = Object.keys(BACKEND_TYPES)

// Made once, as adding and updating take the same flags.
const backendOptions = backendFlags()

export const BACKENDS: readonly Command[] = [
  {
    name: 'backend add',
    summary: 'add a backend, from which missing content is fetched',
    usage: 'NAME --type TYPE',
    args: one,
    options: {
      type: {
        type: 'string',
        value: TYPES.join('|'),
        help: 'kind of backend',
        values: TYPES
      },
      ...backendOptions,
      json
    },
    examples: [
      'ipfs-kit backend add node --type kubo',
      'ipfs-kit backend add web --type gateway --url https://trustless-gateway.link --url https://4everland.io',
      'ipfs-kit backend add disk --type filesystem --path /media/usb'
    ],
    load: () => import('../commands/backend-add.js')
  },
  {
    name: 'backend ls',
    summary: 'list the backends with their state and statistics',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit backend ls'],
    load: () => import('../commands/backend-ls.js')
  },
  {
    name: 'backend show',
    summary: 'show the options of a backend',
    usage: 'NAME',
    args: one,
    completes: 'backend',
    options: { json },
    examples: ['ipfs-kit backend show node'],
    load: () => import('../commands/backend-show.js')
  },
  {
    name: 'backend update',
    summary: 'change options of a backend; those not named stay',
    usage: 'NAME',
    args: one,
    completes: 'backend',
    options: {
      ...backendOptions,
      writable: { type: 'boolean', help: 'undo --read-only' },
      unset: { type: 'string', value: 'OPTION', help: 'forget an option', multiple: true },
      'new-secret': {
        type: 'boolean',
        help: 'take the secrets anew: from the environment, else you are asked'
      },
      'new-place': {
        type: 'boolean',
        help: 'another disk or bucket is there now, or a copy of one: begin anew in it'
      },
      json
    },
    examples: ['ipfs-kit backend update node --timeout 30s --priority 10'],
    load: () => import('../commands/backend-update.js')
  },
  {
    name: 'backend migrate-pin-mappings',
    summary: 'take over the backends and pin mappings of an older installation',
    usage: '',
    args: none,
    options: {
      'dry-run': { type: 'boolean', help: 'tell what would be done, and change no file' },
      'backend-filter': {
        type: 'string',
        value: 'SUBSTRING',
        help: 'only backends whose names have this part',
        completes: 'backend'
      },
      verbose: {
        type: 'boolean',
        help: 'tell why each backend is migrated, and of those without anything'
      },
      'force-car-regeneration': {
        type: 'boolean',
        help: 'write each CAR from its Parquet file, whatever it holds'
      },
      'restore-from-backup': { type: 'boolean', help: 'take the last migration back' },
      'verify-only': {
        type: 'boolean',
        help: 'fail where a backend is not migrated, or its files disagree'
      },
      json
    },
    examples: [
      'ipfs-kit backend migrate-pin-mappings --dry-run --verbose',
      'ipfs-kit backend migrate-pin-mappings',
      'ipfs-kit backend migrate-pin-mappings --restore-from-backup'
    ],
    load: () => import('../commands/backend-migrate-pin-mappings.js')
  },
  {
    name: 'backend export-pin-mappings',
    summary: 'print the pin mappings of a backend as one JSON document',
    usage: 'NAME',
    args: one,
    completes: 'backend',
    options: { json },
    examples: ['ipfs-kit backend export-pin-mappings bucket --json'],
    load: () => import('../commands/backend-export-pin-mappings.js')
  },
  {
    name: 'backend drain',
    summary: 'move the pins of a backend to others',
    usage: 'NAME',
    args: one,
    completes: 'backend',
    options: {
      to: {
        type: 'string',
        value: 'NAME[,NAME…]',
        help: 'backends that get them (default: those that the policy chooses)',
        completes: 'backend'
      },
      json
    },
    examples: ['ipfs-kit backend drain bucket --to nas'],
    load: () => import('../commands/backend-drain.js')
  },
  {
    name: 'backend rm',
    summary: 'remove a backend; its content stays where it is',
    usage: 'NAME',
    args: one,
    completes: 'backend',
    options: {
      force: { type: 'boolean', help: 'forget the copies of pins that it has, too' },
      json
    },
    examples: ['ipfs-kit backend rm node'],
    load: () => import('../commands/backend-rm.js')
  },
  {
    name: 'backend test',
    summary:
      'write, read and remove a block or a file; only a health check where writing is forbidden',
    usage: 'NAME',
    args: one,
    completes: 'backend',
    options: { json },
    examples: ['ipfs-kit backend test node'],
    load: () => import('../commands/backend-test.js')
  }
]
