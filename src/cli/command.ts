/** A command of the table: what it is, and how it is run. */
import type { CommandSpec } from './command-spec.js'
import type { Context } from './context.js'

export interface Command extends CommandSpec {
  /** @returns the exit code; 0 when nothing is returned. */
  readonly load: () => Promise<{ run: (context: Context) => Promise<number | void> }>
}

// How many arguments a command takes.
export const none = { min: 0, max: 0 }
export const one = { min: 1, max: 1 }
export const optional = { min: 0, max: 1 }
export const many = { min: 1, max: Number.MAX_SAFE_INTEGER }
export const any = { min: 0, max: Number.MAX_SAFE_INTEGER }
