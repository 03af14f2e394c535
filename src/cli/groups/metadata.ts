/** Commands about the metadata index. */
import { any, none, one, optional, type Command } from '../command.js'
import { JSON_OPTION as json, QUIET_OPTION as quiet, type OptionSpec } from '../command-spec.js'

const COLUMNS: OptionSpec = {
  type: 'string',
  value: 'A,B',
  help: 'the fields that are shown, such as cid,size_bytes,metadata.title'
}
const LIMIT: OptionSpec = { type: 'string', value: 'N', help: 'at most this many (default 1000)' }
const ORDER: OptionSpec = {
  type: 'string',
  value: 'FIELD[:desc]',
  help: 'sort by a field; by the CID otherwise'
}
const COUNT: OptionSpec = { type: 'boolean', help: 'print how many there are' }
const WHERE: OptionSpec = {
  type: 'string',
  value: 'EXPR',
  help: 'conditions joined by AND: ==, !=, >, >=, <, <=, in, contains, as in "mime_type == \'text/csv\' and size_bytes > 1024"'
}

export const METADATA: readonly Command[] = [
  {
    name: 'metadata query',
    summary: 'find what the index knows by its fields',
    usage: '[EXPR]',
    args: optional,
    completes: [],
    options: {
      where: WHERE,
      columns: COLUMNS,
      order: ORDER,
      limit: LIMIT,
      count: COUNT,
      quiet,
      json
    },
    examples: [
      `ipfs-kit metadata query --where "mime_type == 'text/csv'"`,
      `ipfs-kit metadata query "pinned and size_bytes > 1048576" --order size_bytes:desc --limit 10`
    ],
    load: () => import('../commands/metadata-query.js')
  },
  {
    name: 'metadata search',
    summary: 'find content by words of its names, tags, titles and descriptions',
    usage: 'TEXT',
    args: one,
    completes: [],
    options: {
      fields: {
        type: 'string',
        value: 'A,B',
        help: 'search these alone, such as metadata.title,filename'
      },
      where: WHERE,
      columns: COLUMNS,
      order: ORDER,
      limit: LIMIT,
      count: COUNT,
      quiet,
      json
    },
    examples: [
      'ipfs-kit metadata search report',
      `ipfs-kit metadata search "annual report" --where pinned`
    ],
    load: () => import('../commands/metadata-query.js')
  },
  {
    name: 'metadata show',
    summary: 'show all that the index knows of a CID',
    usage: 'CIDPATH',
    args: one,
    completes: 'cid-path',
    options: { json },
    examples: ['ipfs-kit metadata show bafy…'],
    load: () => import('../commands/metadata-show.js')
  },
  {
    name: 'metadata locate',
    summary: 'tell where content is, the quickest place first',
    usage: '[CIDPATH]',
    args: optional,
    completes: 'cid-path',
    options: {
      path: {
        type: 'string',
        value: 'PATH',
        help: 'of content by the path or name it was added by'
      },
      mime: { type: 'string', value: 'TYPE', help: 'of content of this MIME type' },
      limit: { type: 'string', value: 'N', help: 'at most so much content (default 100)' },
      json
    },
    examples: ['ipfs-kit metadata locate bafy…', 'ipfs-kit metadata locate --mime text/csv'],
    load: () => import('../commands/metadata-locate.js')
  },
  {
    name: 'metadata refresh',
    summary: 'take in what is pinned, and write the files of the index now',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit metadata refresh'],
    load: () => import('../commands/metadata-refresh.js')
  },
  {
    name: 'metadata publish',
    summary: 'publish the index as content, and under a name where a Kubo is configured',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit metadata publish'],
    load: () => import('../commands/metadata-publish.js')
  },
  {
    name: 'metadata sync',
    summary: 'take over what another node published of its index',
    usage: '[CID…]',
    args: any,
    completes: [],
    options: {
      peer: {
        type: 'string',
        value: 'PEER',
        help: 'the node: http://HOST:PORT, https://…, unix:/path/to/run/socket, a CID, or /ipns/…'
      },
      'token-file': {
        type: 'string',
        value: 'FILE',
        help: 'file with the token that the engine of the peer asks for'
      },
      json
    },
    examples: [
      'ipfs-kit metadata sync --peer http://10.0.0.7:9464 --token-file peer.token',
      'ipfs-kit metadata sync --peer /ipns/k51…'
    ],
    load: () => import('../commands/metadata-sync.js')
  },
  {
    name: 'metadata status',
    summary: 'tell what the index has, the role of this node, and what it published',
    usage: '',
    args: none,
    options: { json },
    examples: ['ipfs-kit metadata status'],
    load: () => import('../commands/metadata-status.js')
  },
  {
    name: 'metadata tag',
    summary: 'add tags to content (+TAG or TAG), or remove them (-TAG)',
    usage: 'CIDPATH [+TAG…] [-- -TAG…]',
    args: { min: 2, max: Number.MAX_SAFE_INTEGER },
    completes: 'cid-path',
    options: {
      remove: { type: 'string', value: 'TAG', help: 'remove this tag', multiple: true },
      json
    },
    examples: [
      'ipfs-kit metadata tag bafy… +raw +2024',
      'ipfs-kit metadata tag bafy… +final -- -draft'
    ],
    load: () => import('../commands/metadata-tag.js')
  },
  {
    name: 'metadata set',
    summary:
      'set title, description, creator, source, license, or properties of your own; an empty value takes one away',
    usage: 'CIDPATH [NAME=VALUE…]',
    args: { min: 1, max: Number.MAX_SAFE_INTEGER },
    completes: 'cid-path',
    options: {
      property: {
        type: 'string',
        value: 'NAME=VALUE',
        help: 'a property of your own, even of the name of a field',
        multiple: true
      },
      json
    },
    examples: ['ipfs-kit metadata set bafy… title="Annual report" sensor=7'],
    load: () => import('../commands/metadata-set.js')
  }
]
