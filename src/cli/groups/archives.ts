/** Commands about archives. */
import { one, many, type Command } from '../command.js'
import { JSON_OPTION as json, QUIET_OPTION as quiet } from '../command-spec.js'

export const ARCHIVES: readonly Command[] = [
  {
    name: 'car import',
    summary: 'take in archives, every block verified; prints and pins their roots',
    usage: 'FILE…',
    args: many,
    options: { 'no-pin': { type: 'boolean', help: 'do not pin the roots' }, quiet, json },
    examples: ['ipfs-kit car import dataset.car'],
    load: () => import('../commands/car-import.js')
  },
  {
    name: 'car export',
    summary: 'write a DAG as CARv1, depth first',
    usage: 'CIDPATH',
    args: one,
    completes: 'cid-path',
    options: {
      output: {
        type: 'string',
        short: 'o',
        value: 'FILE',
        help: 'file to make (default, and -: stdout)'
      },
      json
    },
    examples: [
      'ipfs-kit car export bafy… -o dataset.car',
      'ipfs-kit car export bafy… | ssh host ipfs-kit car import -'
    ],
    load: () => import('../commands/car-export.js')
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
    load: () => import('../commands/car-verify.js')
  }
]
