/**
 * Converts the refusals of pinning services into errors.
 * Source: https://ipfs.github.io/pinning-services-api-spec/ (responses)
 */
import type { ErrorCode, KitError } from '../../src/core/errors.js'
import { codeOfStatus, refusalError, type Refusal } from '../http-status.js'
import { wordsFrom } from '../json-answer.js'

/** Statuses that mean the same in every call. The specification uses 409 for a lack of funds. */
const MEANINGS: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_ARGUMENT',
  402: 'QUOTA',
  409: 'QUOTA',
  413: 'TOO_LARGE',
  422: 'INVALID_ARGUMENT'
}

/** The error of a refused request. */
export function pinningError(refusal: Refusal): KitError {
  const code = MEANINGS[refusal.status] ?? codeOfStatus(refusal)
  return refusalError({ ...refusal, text: failureIn(refusal.text) }, code)
}

/** Returns reason and details of the answer that the specification asks for; else the answer itself. */
function failureIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as {
      readonly error?: { readonly reason?: unknown; readonly details?: unknown } | string
    }
    if (typeof error !== 'object') return text
    const words = [error.reason, error.details].filter((one) => typeof one === 'string')
    return words.length === 0 ? text : wordsFrom(words.join(': '))
  } catch {
    return text
  }
}
