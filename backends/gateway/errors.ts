/** Converts the refusals of trustless gateways into errors. */
import { KitError, type ErrorCode } from '../../src/core/errors.js'
import { codeOfStatus, refusalError, type Refusal } from '../http-status.js'

/** Statuses of gateways that know nothing of IPNS records. */
const NO_RECORDS: ReadonlySet<number> = new Set([400, 405, 406, 415, 501])

/** A gateway says of content that is missing that it was not found, or is gone. */
const contentCode = (refusal: Refusal): ErrorCode =>
  refusal.status === 404 || refusal.status === 410 ? 'BLOCK_NOT_FOUND' : codeOfStatus(refusal)

/** The error of a refused block or archive. */
export const gatewayError = (refusal: Refusal): KitError =>
  refusalError(refusal, contentCode(refusal))

/** The error of a refused IPNS record. Kubo's gateway has no status for a missing one: it says so. */
export function recordError(refusal: Refusal): KitError {
  if (refusal.text.includes('routing: not found')) return refusalError(refusal, 'BLOCK_NOT_FOUND')
  const code = NO_RECORDS.has(refusal.status) ? 'UNSUPPORTED' : contentCode(refusal)
  return refusalError(refusal, code)
}

/** The error of several hosts together: something is missing only when all of them say so. */
export function errorOfAll(failures: readonly HostFailure[]): KitError {
  const errors = failures.map(({ error }) => error)
  const worst = errors.find(({ code }) => code !== 'BLOCK_NOT_FOUND') ?? errors[0]!
  if (errors.length === 1) return worst
  const details = failures.map(({ where, error: { code, message } }) => ({ who: where, code, said: message })) // prettier-ignore
  return new KitError(worst.code, errors.map(({ message }) => message).join('; '), { details })
}

/** A host, and why it has given nothing. */
export interface HostFailure {
  readonly where: string
  readonly error: KitError
}
