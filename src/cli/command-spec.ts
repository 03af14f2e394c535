/** The description of a command for help and completion. */
import type { ParseArgsConfig } from 'node:util'
import { LEVELS, LOG_FORMATS } from '../core/log.js'

export interface OptionSpec {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  /** Name of the value in help. */
  readonly value?: string
  readonly help: string
  /** Whether it may be given several times. */
  readonly multiple?: true
  /** The only values that it takes. */
  readonly values?: readonly string[]
  /** The kind of its values, for completion; files where nothing is said. */
  readonly completes?: ValueKind
}

/** Kinds of values whose members depend on the home: completion looks them up. */
export type ValueKind =
  | 'backend'
  /** Several, with commas between them. */
  | 'backends'
  | 'cid-path'
  | 'command'
  | 'dataset'
  /** `NAME`, `NAME@v3`, `NAME@TAG`. */
  | 'dataset-version'
  | 'file'
  | 'pin'
  | 'pin-name'
  | 'query'

export interface CommandSpec {
  /** One or two words. */
  readonly name: string
  readonly summary: string
  /** Positional arguments as help shows them. */
  readonly usage: string
  readonly args: { readonly min: number; readonly max: number }
  /** The words that arguments are one of, or their kind, for completion; files by default. */
  readonly completes?: ValueKind | readonly string[]
  /** As `completes`, of all arguments but the first, where these differ. */
  readonly completesRest?: ValueKind | readonly string[]
  /** The words that the second argument is one of, by the first; files where there are none. */
  readonly completesSecond?: Readonly<Record<string, readonly string[]>>
  readonly options: Readonly<Record<string, OptionSpec>>
  readonly examples: readonly string[]
  /** Says itself what is wrong with the configuration, so that nobody else warns of it. */
  readonly anyConfig?: true
  /** Runs whatever is wrong with the home, even when somebody else can change it. */
  readonly anyHome?: true
  /** Needs no services, which saves loading them. */
  readonly storeless?: true
}

export const GLOBAL_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  home: {
    type: 'string',
    value: 'DIR',
    help: 'home directory (else $IPFS_KIT_HOME, else ~/.ipfs_kit)'
  },
  config: {
    type: 'string',
    value: 'FILE',
    help: 'configuration file (else HOME/mount.config.json)'
  },
  'log-level': {
    type: 'string',
    value: 'LEVEL',
    help: 'error, warn, info or debug (default: warn for messages, log.level for the engine)',
    values: LEVELS
  },
  'log-format': {
    type: 'string',
    value: 'FORMAT',
    help: 'log of the engine: text or json',
    values: LOG_FORMATS
  },
  debug: { type: 'boolean', help: 'show where an error came from' },
  'no-color': { type: 'boolean', help: 'no colours (nor with NO_COLOR set)' },
  help: { type: 'boolean', short: 'h', help: 'help on the command' }
}

export const JSON_OPTION: OptionSpec = { type: 'boolean', help: 'print one JSON document' }
export const OFFLINE_OPTION: OptionSpec = { type: 'boolean', help: 'fetch nothing' }
export const QUIET_OPTION: OptionSpec = {
  type: 'boolean',
  short: 'q',
  help: 'print only the essential value, one a line'
}

/** What a CIDPATH in a usage stands for. */
export const CIDPATH_HELP: readonly string[] = [
  'CIDPATH: CID/path, /ipfs/CID/path, /ipns/NAME/path, a URL of either (ipfs://…, https://HOST/ipfs/…,',
  'https://CID.ipfs.HOST/…), or a path in a mount of ipfs-kit. `..` is resolved by text.'
]

/** Converts the options to the form that parseArgs of node:util takes. */
export const parseOptions = (
  options: Readonly<Record<string, OptionSpec>>
): NonNullable<ParseArgsConfig['options']> =>
  Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) }
    ])
  )
