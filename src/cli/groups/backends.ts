/** Commands of backends. */
import { BACKEND_TYPES } from '../../../backends/registry.js'
import { backendFlags } from '../backend-flags.js'
import { none, one, type Command } from '../command.js'
import { JSON_OPTION as json } from '../command-spec.js'

const backendOptions = backendFlags()

export const BACKENDS: readonly Command[] = [
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
    load: () => import('../commands/backend-add.js')
  },
  {
    name: 'backend ls',
    summary: 'the backends, how they are, and what they gave',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit backend ls'],
    load: () => import('../commands/backend-ls.js')
  },
  {
    name: 'backend show',
    summary: 'what a backend was added with',
    usage: 'NAME',
    args: one,
    options: { json },
    examples: ['ipfs-kit backend show node'],
    load: () => import('../commands/backend-show.js')
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
    load: () => import('../commands/backend-update.js')
  },
  {
    name: 'backend rm',
    summary: 'forget a backend; what it holds stays there',
    usage: 'NAME',
    args: one,
    options: { json },
    examples: ['ipfs-kit backend rm node'],
    load: () => import('../commands/backend-rm.js')
  },
  {
    name: 'backend test',
    summary:
      'put a block or a file there, get it, remove it; or just ask, where nothing may be put',
    usage: 'NAME',
    args: one,
    options: { json },
    examples: ['ipfs-kit backend test node'],
    load: () => import('../commands/backend-test.js')
  }
]
