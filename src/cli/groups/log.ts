/** Commands about the log of operations on backends. */
import { any, many, none, one, type Command } from '../command.js'
import { JSON_OPTION as json, QUIET_OPTION as quiet } from '../command-spec.js'
import { OPERATION_STATUSES, OPERATION_TYPES } from '../../wal/operation-record.js'

export const LOG: readonly Command[] = [
  {
    name: 'wal status',
    summary: 'count the operations on backends that wait, run, failed and are done',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit wal status'],
    load: () => import('../commands/wal-status.js')
  },
  {
    name: 'wal ls',
    summary: 'list operations on backends, the newest last',
    usage: '',
    args: none,
    options: {
      status: { type: 'string', value: 'STATUS', help: `only these: ${OPERATION_STATUSES.join(', ')}`, values: OPERATION_STATUSES }, // prettier-ignore
      type: { type: 'string', value: 'TYPE', help: `only these: ${OPERATION_TYPES.join(', ')}`, values: OPERATION_TYPES }, // prettier-ignore
      backend: { type: 'string', value: 'NAME', help: 'only those on this backend', completes: 'backend' }, // prettier-ignore
      all: { type: 'boolean', help: 'those in the archives, too' },
      limit: { type: 'string', value: 'N', help: 'at most this many (default 1000)' },
      quiet,
      json
    },
    examples: ['ipfs-kit wal ls --status failed', 'ipfs-kit wal ls --all --backend disk --json'],
    load: () => import('../commands/wal-ls.js')
  },
  {
    name: 'wal show',
    summary: 'show all of one operation',
    usage: 'ID',
    args: one,
    completes: [],
    options: { json },
    examples: ['ipfs-kit wal show 5f0c'],
    load: () => import('../commands/wal-show.js')
  },
  {
    name: 'wal retry',
    summary: 'try operations again now that failed, were cancelled, or wait for their next try',
    usage: '[ID…]',
    args: any,
    completes: [],
    options: { failed: { type: 'boolean', help: 'all that failed' }, quiet, json },
    examples: ['ipfs-kit wal retry 5f0c', 'ipfs-kit wal retry --failed'],
    load: () => import('../commands/wal-retry.js')
  },
  {
    name: 'wal cancel',
    summary: 'give operations up; one that runs is stopped',
    usage: 'ID…',
    args: many,
    completes: [],
    options: { quiet, json },
    examples: ['ipfs-kit wal cancel 5f0c'],
    load: () => import('../commands/wal-cancel.js')
  }
]
