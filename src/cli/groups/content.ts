/** Commands about content. */
import { PROFILE_NAMES } from '../../config/config.js'
import { one, many, type Command } from '../command.js'
import {
  JSON_OPTION as json,
  OFFLINE_OPTION as offline,
  QUIET_OPTION as quiet
} from '../command-spec.js'

export const CONTENT: readonly Command[] = [
  {
    name: 'add',
    summary: 'import files and folders, pin each root, print their CIDs',
    usage: 'PATH…',
    args: many,
    options: {
      profile: {
        type: 'string',
        value: 'NAME',
        help: 'unixfs-v1-2025 (default) or unixfs-v0-2015',
        values: PROFILE_NAMES
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
    load: () => import('../commands/add.js')
  },
  {
    name: 'cat',
    summary: 'write the bytes of files to stdout',
    usage: 'CIDPATH…',
    args: many,
    completes: 'cid-path',
    options: {
      offset: { type: 'string', value: 'N', help: 'begin at this byte' },
      length: { type: 'string', value: 'N', help: 'at most this many bytes' },
      offline
    },
    examples: ['ipfs-kit cat bafy…/README.md', 'ipfs-kit cat --offset 1000 --length 50 bafy…'],
    load: () => import('../commands/cat.js')
  },
  {
    name: 'ls',
    summary: 'list a folder: name, type, size, CID',
    usage: 'CIDPATH',
    args: one,
    completes: 'cid-path',
    options: {
      long: { type: 'boolean', short: 'l', help: 'with mode and time' },
      offline,
      quiet,
      json
    },
    examples: ['ipfs-kit ls bafy…', 'ipfs-kit ls -l bafy…/sub'],
    load: () => import('../commands/ls.js')
  },
  {
    name: 'get',
    summary: 'copy a file or folder out of the store',
    usage: 'CIDPATH',
    args: one,
    completes: 'cid-path',
    options: {
      output: {
        type: 'string',
        short: 'o',
        value: 'OUT',
        help: 'path to make (default: the last name of CIDPATH)'
      },
      offline,
      json
    },
    examples: ['ipfs-kit get bafy…/photos', 'ipfs-kit get bafy… -o photos'],
    load: () => import('../commands/get.js')
  },
  {
    name: 'stat',
    summary: 'show type, size, blocks, links, depth, and whether all blocks are here',
    usage: 'CIDPATH',
    args: one,
    completes: 'cid-path',
    options: { json },
    examples: ['ipfs-kit stat bafy…', 'ipfs-kit stat --json ~/ipfs/ipfs/bafy…/data.csv'],
    load: () => import('../commands/stat.js')
  }
]
