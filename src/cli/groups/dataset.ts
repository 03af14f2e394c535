/** Commands about datasets: versioned tables. */
import { many, none, one, type Command } from '../command.js'
import { JSON_OPTION as json, QUIET_OPTION as quiet } from '../command-spec.js'

const inputs = {
  'input-format': {
    type: 'string',
    value: 'FORMAT',
    help: 'what the files are, where their names do not say it (and `-`, stdin)',
    values: ['csv', 'json', 'ndjson', 'parquet', 'arrow']
  },
  tag: { type: 'string', value: 'TAG', help: 'a tag of the version', multiple: true },
  meta: { type: 'string', value: 'KEY=VALUE', help: 'a word about the version', multiple: true },
  message: { type: 'string', short: 'm', value: 'TEXT', help: 'what this version is about' },
  quiet,
  json
} as const

export const DATASETS: readonly Command[] = [
  {
    name: 'dataset put',
    summary: 'make a version of a dataset from files: CSV, JSON, Parquet or Arrow; print its CID',
    usage: 'NAME FILE…',
    args: { ...many, min: 2 },
    completes: 'dataset',
    completesRest: 'file',
    options: {
      'partition-by': {
        type: 'string',
        value: 'COLUMN[,COLUMN…]',
        help: 'a folder for each value of these columns'
      },
      key: {
        type: 'string',
        value: 'COLUMN[,COLUMN…]',
        help: 'the columns that tell rows apart, by which versions are compared (default: those of the version before)'
      },
      ...inputs
    },
    examples: [
      'ipfs-kit dataset put sales 2024.csv 2025.csv -m "two years"',
      'ipfs-kit dataset put events events.ndjson --partition-by country --tag raw',
      'ipfs-kit dataset put trips folder-with-README.md',
      'cat rows.csv | ipfs-kit dataset put rows - --input-format csv'
    ],
    load: () => import('../commands/dataset-put.js')
  },
  {
    name: 'dataset ls',
    summary: 'list the datasets',
    usage: '',
    args: none,
    options: { quiet, json },
    examples: ['ipfs-kit dataset ls'],
    load: () => import('../commands/dataset-ls.js')
  },
  {
    name: 'dataset show',
    summary: 'show what a version is: its columns, rows, parts and origin',
    usage: 'NAME[@VERSION]',
    args: one,
    completes: 'dataset-version',
    options: { json },
    examples: ['ipfs-kit dataset show sales', 'ipfs-kit dataset show sales@v1 --json'],
    load: () => import('../commands/dataset-show.js')
  },
  {
    name: 'dataset versions',
    summary: 'list the versions of a dataset that this home has',
    usage: 'NAME',
    args: one,
    completes: 'dataset',
    options: { quiet, json },
    examples: ['ipfs-kit dataset versions sales'],
    load: () => import('../commands/dataset-versions.js')
  },
  {
    name: 'dataset log',
    summary: 'show the history of a version, from parent to parent',
    usage: 'NAME[@VERSION]',
    args: one,
    completes: 'dataset-version',
    options: {
      limit: { type: 'string', value: 'N', help: 'at most this many versions' },
      quiet,
      json
    },
    examples: ['ipfs-kit dataset log sales'],
    load: () => import('../commands/dataset-log.js')
  },
  {
    name: 'dataset get',
    summary: 'write the rows of a version to stdout or a file',
    usage: 'NAME[@VERSION]',
    args: one,
    completes: 'dataset-version',
    options: {
      columns: { type: 'string', value: 'COLUMN[,COLUMN…]', help: 'only these columns' },
      where: { type: 'string', value: 'SQL', help: 'only rows for which this condition holds' },
      limit: { type: 'string', value: 'N', help: 'at most this many rows' },
      format: {
        type: 'string',
        value: 'FORMAT',
        help: 'of the output (default: what OUT ends with, else parquet)',
        values: ['parquet', 'csv', 'json', 'ndjson', 'arrow']
      },
      output: { type: 'string', short: 'o', value: 'OUT', help: 'path to make (default: stdout)' },
      mmap: {
        type: 'boolean',
        help: 'print the path of an Arrow file of the version, which is kept for programs to map'
      },
      json
    },
    examples: [
      'ipfs-kit dataset get sales -o sales.parquet',
      'ipfs-kit dataset get sales --format arrow --mmap',
      'ipfs-kit dataset get sales@v1 --columns shop,price --where "price > 100" --format csv'
    ],
    load: () => import('../commands/dataset-get.js')
  },
  {
    name: 'dataset append',
    summary: 'make a version of more rows; the files that are there stay as they are',
    usage: 'NAME FILE…',
    args: { ...many, min: 2 },
    completes: 'dataset',
    completesRest: 'file',
    options: inputs,
    examples: ['ipfs-kit dataset append sales 2026.csv -m "the new year"'],
    load: () => import('../commands/dataset-append.js')
  },
  {
    name: 'dataset diff',
    summary: 'compare two versions by their rows: the newest with its parent, where none is named',
    usage: 'NAME[@VERSION] [NAME@VERSION]',
    args: { min: 1, max: 2 },
    completes: 'dataset-version',
    options: {
      key: {
        type: 'string',
        value: 'COLUMN[,COLUMN…]',
        help: 'the columns that tell rows apart (default: as put said, else whole rows)'
      },
      limit: { type: 'string', value: 'N', help: 'at most this many rows of each kind' },
      json
    },
    examples: [
      'ipfs-kit dataset diff sales',
      'ipfs-kit dataset diff sales@v1',
      'ipfs-kit dataset diff sales@v1 sales@v3 --key id'
    ],
    load: () => import('../commands/dataset-diff.js')
  },
  {
    name: 'dataset export',
    summary: 'write a version with its history as an archive (CAR)',
    usage: 'NAME[@VERSION]',
    args: one,
    completes: 'dataset-version',
    options: {
      output: {
        type: 'string',
        short: 'o',
        value: 'OUT',
        help: 'file to make (default: NAME.car)'
      },
      json
    },
    examples: ['ipfs-kit dataset export sales -o sales.car'],
    load: () => import('../commands/dataset-export.js')
  },
  {
    name: 'dataset checkout',
    summary: 'copy the files of a version to a new folder',
    usage: 'NAME[@VERSION]',
    args: one,
    completes: 'dataset-version',
    options: {
      output: { type: 'string', short: 'o', value: 'OUT', help: 'folder to make (default: NAME)' },
      metadata: {
        type: 'string',
        value: 'CARD',
        help: 'write README.md for the Hugging Face Hub, or croissant.json',
        values: ['huggingface', 'croissant'],
        multiple: true
      },
      json
    },
    examples: [
      'ipfs-kit dataset checkout sales@v1 -o sales-v1',
      'ipfs-kit dataset checkout sales --metadata huggingface --metadata croissant'
    ],
    load: () => import('../commands/dataset-checkout.js')
  },
  {
    name: 'dataset adopt',
    summary: 'make a dataset of Parquet that is there already, or of a version from elsewhere',
    usage: 'NAME CIDPATH',
    args: { min: 2, max: 2 },
    completes: 'dataset',
    completesRest: 'cid-path',
    options: { message: inputs.message, quiet, json },
    examples: ['ipfs-kit dataset adopt trips bafy…/trips', 'ipfs-kit dataset adopt sales bafyrei…'],
    load: () => import('../commands/dataset-adopt.js')
  },
  {
    name: 'dataset rm',
    summary: 'forget a dataset or one version; gc takes what no other version reaches',
    usage: 'NAME[@VERSION]',
    args: one,
    completes: 'dataset-version',
    options: { quiet, json },
    examples: ['ipfs-kit dataset rm sales@v1', 'ipfs-kit dataset rm sales'],
    load: () => import('../commands/dataset-rm.js')
  }
]
