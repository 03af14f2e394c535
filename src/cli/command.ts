/** A command of the table: its description, and how to run it. */
import type { KitError } from '../core/errors.js'
import type { CommandSpec } from './command-spec.js'
import type { Context } from './context.js'

export interface Command extends CommandSpec {
  /**
   * The module is imported only when the command runs.
   * @returns nothing where all is well. An error says that the command did its work and what it
   * found is bad, such as a damaged archive: its code gives the exit code, and `--json` prints
   * it in the same document as the answer.
   */
  readonly load: () => Promise<{ run: (context: Context) => Promise<KitError | void> }>
}

// Numbers of arguments.
export const none = { min: 0, max: 0 }
export const one = { min: 1, max: 1 }
export const optional = { min: 0, max: 1 }
export const many = { min: 1, max: Number.MAX_SAFE_INTEGER }
export const any = { min: 0, max: Number.MAX_SAFE_INTEGER }
