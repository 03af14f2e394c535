/** Reports how a command ended: the exit code, and on stderr or in the JSON document why. */
import { randomUUID } from 'node:crypto'
import { ERROR_CODES, type KitError } from '../core/errors.js'
import { printableText } from '../core/printable.js'
import { snakeCased } from '../core/snake-case.js'

export interface Ending {
  /** The command, or `usage` where no command was understood. */
  readonly operation: string
  readonly json: boolean
  readonly debug: boolean
  /** What the command answered, where it did. */
  readonly answer?: object | undefined
  readonly warnings: readonly string[]
  readonly error?: KitError | undefined
}

/** Prints the JSON document, or the error as a line. @returns the exit code. */
export function report({ operation, json, debug, answer, warnings, error }: Ending): number {
  if (json && (answer !== undefined || error !== undefined))
    printJson({
      ...envelope(error === undefined, operation),
      ...(snakeCased(answer ?? {}) as object),
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(error === undefined ? {} : errorFields(error))
    })
  if (error === undefined) return 0
  if (!json) process.stderr.write(`ipfs-kit ${operation}: ${printableText(error.message)}\n`)
  if (debug) process.stderr.write(`${stackOf(error)}\n`)
  return error.exitCode
}

/** Returns the fields that all JSON documents share. */
const envelope = (success: boolean, operation: string) => ({
  success,
  operation,
  timestamp: new Date().toISOString(),
  correlation_id: randomUUID()
})

const errorFields = ({ message, code }: KitError) => ({
  error: message,
  error_type: ERROR_CODES[code].type,
  code,
  recoverable: ERROR_CODES[code].recoverable
})

const printJson = (document: unknown): void =>
  void process.stdout.write(`${JSON.stringify(document)}\n`)

/** Returns the stack of an error and of its causes, for --debug. */
function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
