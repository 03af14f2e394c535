/** What every command is given: where it works and how it speaks. */
import type { Config } from '../config/config.js'
import type { Run } from '../operations/run.js'
import type { FetchChoice } from '../operations/fetch-choice.js'
import type { Services } from '../operations/services.js'
import type { CommandSpec } from './command-spec.js'

/** Makes what operations are given; loaded when a command needs it. */
export type MakeServices = (home: string, fetching: FetchChoice) => Services

export type OptionValues = Readonly<
  Record<string, string | boolean | readonly string[] | undefined>
>

export interface Context {
  readonly command: string
  /** Every command there is. */
  readonly commands: readonly CommandSpec[]
  readonly home: string
  readonly config: Config
  readonly args: readonly string[]
  readonly options: OptionValues
  readonly json: boolean
  readonly quiet: boolean
  readonly services: Services
  /** How operations are run: their signal is Ctrl-C, their progress a line on a terminal. */
  readonly run: Run
  /** Data: one line to stdout. */
  print(line: string): void
  /** Bytes to stdout, at the reader's pace. */
  write(bytes: Uint8Array): Promise<void>
  /** A message for people, to stderr. */
  note(line: string): void
  /** The one JSON document of a `--json` command, inside its envelope; keys become snake_case. */
  answer(payload: object): void
}

export const flagOf = (context: Context, name: string): boolean => context.options[name] === true

export const valueOf = (context: Context, name: string): string | undefined => {
  const value = context.options[name]
  return typeof value === 'string' ? value : undefined
}
