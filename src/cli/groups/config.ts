/** Commands about the configuration. */
import { KEYS, keyNamed, type KeyName } from '../../config/config.js'
import { one, optional, type Command } from '../command.js'
import { JSON_OPTION as json } from '../command-spec.js'

const two = { min: 2, max: 2 }
const names = Object.keys(KEYS) as KeyName[]

export const CONFIG: readonly Command[] = [
  {
    name: 'config show',
    summary:
      'show each setting, and whether it comes from the defaults, the file, the environment or a flag',
    usage: '[KEY]',
    args: optional,
    completes: names,
    options: { json },
    examples: [
      'ipfs-kit config show',
      'ipfs-kit config show cache.size',
      'IPFS_KIT_CACHE_SIZE=1GB ipfs-kit config show'
    ],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/config-show.js')
  },
  {
    name: 'config check',
    summary: 'find all that is wrong with the configuration, or with a file before it is used',
    usage: '[FILE]',
    args: optional,
    options: { json },
    examples: ['ipfs-kit config check', 'ipfs-kit config check new.config.json'],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/config-check.js')
  },
  {
    name: 'config set',
    summary: 'change a setting in the configuration file of the home',
    usage: 'KEY VALUE',
    args: two,
    completes: names,
    completesSecond: Object.fromEntries(names.map((name) => [name, keyNamed(name).words ?? []])),
    options: { json },
    examples: ['ipfs-kit config set cache.size 20GB', 'ipfs-kit config set mount.allow_other true'],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/config-set.js')
  },
  {
    name: 'config unset',
    summary: 'take a setting out of the configuration file, so that its default holds again',
    usage: 'KEY',
    args: one,
    completes: names,
    options: { json },
    examples: ['ipfs-kit config unset cache.size'],
    anyConfig: true,
    storeless: true,
    load: () => import('../commands/config-set.js')
  }
]
