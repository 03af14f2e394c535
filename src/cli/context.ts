/** The context of a command: its arguments, its services and its output. */
import type { Config } from '../config/config.js'
import type { Run } from '../operations/run.js'
import type { FetchChoice } from '../operations/fetch-choice.js'
import type { PinPolicy } from '../operations/pin-policy.js'
import type { Services } from '../operations/services.js'
import type { CommandSpec } from './command-spec.js'

/** Makes the services; loaded only when a command needs them. */
export type MakeServices = (
  home: string,
  fetching: FetchChoice,
  pinPolicy: () => PinPolicy
) => Services

export type OptionValues = Readonly<
  Record<string, string | boolean | readonly string[] | undefined>
>

/** `config` and `services` are made when they are read first, since many commands need neither. */
export interface Context {
  readonly command: string
  /** All commands. */
  readonly commands: readonly CommandSpec[]
  readonly home: string
  /** Reading a key that is wrong throws. */
  readonly config: Config
  /** What is wrong with the configuration, in sentences. */
  readonly configProblems: readonly string[]
  readonly args: readonly string[]
  readonly options: OptionValues
  readonly json: boolean
  readonly quiet: boolean
  readonly services: Services
  /** Returns the services of another home, with the configuration of this one. */
  servicesOf(home: string): Services
  /** The context of operations: Ctrl-C aborts the signal, and progress is a line on a terminal. */
  readonly run: Run
  /** Prints a line of data to stdout, or many by one write. Controls in them are escaped. */
  print(lines: string | readonly string[]): void
  /** Writes bytes to stdout, at the reader's pace. */
  write(bytes: Uint8Array): Promise<void>
  /** Prints a message for people to stderr. Controls in it are escaped. */
  note(line: string): void
  /**
   * Gives the one JSON document of a `--json` command, keys in snake_case. It is printed in its
   * envelope when the command has ended, so that `success` is what the exit code says.
   */
  answer(payload: object): void
}

/** Returns whether a switch is given. */
export const flagOf = (context: Context, name: string): boolean => context.options[name] === true

/** Returns the text of a flag; undefined where it is not given. */
export const valueOf = (context: Context, name: string): string | undefined => {
  const value = context.options[name]
  return typeof value === 'string' ? value : undefined
}

/** Returns the texts of a flag that may be given several times. */
export const listOf = (context: Context, name: string): readonly string[] => {
  const value = context.options[name]
  return Array.isArray(value) ? (value as readonly string[]) : []
}
