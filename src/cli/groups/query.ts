/** Commands that ask questions in SQL. */
import { many, none, optional, type Command } from '../command.js'
import {
  JSON_OPTION as json,
  OFFLINE_OPTION as offline,
  QUIET_OPTION as quiet
} from '../command-spec.js'
import { QUERY_FORMATS } from '../query-formats.js'

export const QUERY: readonly Command[] = [
  {
    name: 'query',
    summary: 'ask in SQL: datasets, files by their CID, and what the home knows of itself',
    usage: '[SQL]',
    args: optional,
    completes: ['ls', 'rm'],
    options: {
      format: { type: 'string', value: 'FORMAT', help: `of the result: ${QUERY_FORMATS.join(', ')} (default: table, or what the end of FILE says)`, values: QUERY_FORMATS }, // prettier-ignore
      output: { type: 'string', short: 'o', value: 'FILE', help: 'write the result to a new file' },
      param: { type: 'string', value: 'NAME=VALUE', help: 'value of $NAME in the text (a number, true, false, null, a list as JSON has it, or a text), several times', multiple: true }, // prettier-ignore
      save: { type: 'string', value: 'NAME', help: 'save the query under a name, too', completes: 'query' }, // prettier-ignore
      saved: { type: 'string', value: 'NAME', help: 'run a saved query', completes: 'query' },
      tables: { type: 'boolean', help: 'list the tables' },
      'max-rows': { type: 'string', value: 'N', help: 'show at most this many rows (default 10000)' }, // prettier-ignore
      timeout: { type: 'string', value: 'DURATION', help: 'how long it may take (default: query.timeout)' }, // prettier-ignore
      memory: { type: 'string', value: 'SIZE', help: 'how much memory it may have (default: query.memory)' }, // prettier-ignore
      offline,
      json
    },
    examples: [
      `ipfs-kit query "SELECT type, count(*) FROM pins GROUP BY ALL"`,
      `ipfs-kit query "FROM '/ipfs/bafy…/t.parquet' WHERE year > \\$y" --param y=2020 -o new.parquet`,
      `ipfs-kit query "FROM '/ipfs/bafy…/*.csv' LIMIT 5" --save sample`
    ],
    load: () => import('../commands/query.js')
  },
  {
    name: 'query ls',
    summary: 'list the saved queries',
    usage: '',
    args: none,
    options: { quiet, json },
    examples: ['ipfs-kit query ls'],
    load: () => import('../commands/query-ls.js')
  },
  {
    name: 'query rm',
    summary: 'forget saved queries',
    usage: 'NAME…',
    args: many,
    completes: 'query',
    options: { quiet, json },
    examples: ['ipfs-kit query rm sample'],
    load: () => import('../commands/query-rm.js')
  }
]
