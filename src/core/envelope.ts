/** What all JSON documents share, whether a command prints them or a server answers with them. */
import { randomUUID } from 'node:crypto'
import { ERROR_CODES, type KitError } from './errors.js'

/** @param operation the command, or what would be one. */
export const envelope = (success: boolean, operation: string) => ({
  success,
  operation,
  timestamp: new Date().toISOString(),
  correlation_id: randomUUID()
})

export const errorFields = ({ message, code, details }: KitError) => ({
  error: message,
  error_type: ERROR_CODES[code].type,
  code,
  recoverable: ERROR_CODES[code].recoverable,
  ...(details.length > 0 ? { details } : {})
})
