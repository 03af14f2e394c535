/** Reports how a command ended: the exit code, and on stderr or in the JSON document why. */
import { envelope, errorFields } from '../core/envelope.js'
import type { KitError } from '../core/errors.js'
import { snakeCased } from '../core/snake-case.js'
import type { Output } from './output.js'

export interface Ending {
  /** The command, or `usage` where no command was understood. */
  readonly operation: string
  readonly json: boolean
  readonly debug: boolean
  readonly output: Output
  readonly error?: KitError | undefined
}

/** Prints the JSON document, or the error as a line. @returns the exit code. */
export function report({ operation, json, debug, output, error }: Ending): number {
  const { answer, warnings } = output
  if (json && (answer !== undefined || error !== undefined))
    output.json({
      ...envelope(error === undefined, operation),
      ...(snakeCased(answer ?? {}) as object),
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(error === undefined ? {} : errorFields(error))
    })
  if (error === undefined) return 0
  if (!json) output.note(`ipfs-kit ${operation}: ${error.message}`, 'error')
  if (debug) output.trace(error)
  return error.exitCode
}
