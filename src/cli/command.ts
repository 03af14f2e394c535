/** A command of the table: its description, and how to run it. */
import type { CommandSpec } from './command-spec.js'
import type { Context } from './context.js'

export interface Command extends CommandSpec {
  /**
   * The module is imported only when the command runs.
   * @returns the exit code; 0 when nothing is returned.
   */
  readonly load: () => Promise<{ run: (context: Context) => Promise<number | void> }>
}

// Numbers of arguments.
export const none = { min: 0, max: 0 }
export const one = { min: 1, max: 1 }
export const optional = { min: 0, max: 1 }
export const many = { min: 1, max: Number.MAX_SAFE_INTEGER }
export const any = { min: 0, max: Number.MAX_SAFE_INTEGER }
