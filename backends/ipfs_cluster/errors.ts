/**
 * Converts the refusals of IPFS Cluster's REST API into errors: it answers `{code, message}`, mostly
 * with status 500.
 * Source: https://ipfscluster.io/documentation/reference/api/
 */
import type { ErrorCode, KitError } from '../../src/core/errors.js'
import { codeOfStatus, refusalError, type Refusal } from '../http-status.js'
import { wordsFrom } from '../json-answer.js'

/** Messages of the cluster, and of the IPFS nodes behind it. */
const MEANINGS: readonly (readonly [message: RegExp, code: ErrorCode])[] = [
  [/block was not found locally|ipld: could not find/, 'BLOCK_NOT_FOUND'],
  [/no space left on device/, 'NO_SPACE'],
  [/not enough (peers|candidates|allocations)/, 'QUOTA'],
  [/context deadline exceeded/, 'TIMEOUT']
]

interface ClusterRefusal {
  readonly code: number
  readonly message: string
}

/** Returns the cluster's own answer; undefined for that of a proxy before it. */
function answerIn(text: string): ClusterRefusal | undefined {
  try {
    const { code, message } = JSON.parse(text) as Partial<Record<keyof ClusterRefusal, unknown>>
    return typeof code === 'number' && typeof message === 'string' ? { code, message } : undefined
  } catch {
    return undefined
  }
}

/** Whether the cluster itself says that there is no such thing: a proxy answers 404, too. */
export const saysMissing = ({ status, text }: Refusal): boolean =>
  status === 404 && answerIn(text)?.code === 404

/** The code of what a cluster says in words; undefined for words that mean nothing to us. */
export const codeOfWords = (words: string): ErrorCode | undefined =>
  MEANINGS.find(([message]) => message.test(words))?.[1]

/** The error of a refused request. */
export function clusterError(refusal: Refusal): KitError {
  const said = answerIn(refusal.text)
  if (said === undefined) return refusalError(refusal, codeOf(refusal))
  const code = codeOfWords(said.message) ?? codeOf(refusal)
  return refusalError({ ...refusal, text: wordsFrom(said.message) }, code)
}

function codeOf(refusal: Refusal): ErrorCode {
  if (refusal.status === 400) return 'INVALID_ARGUMENT'
  return refusal.status === 413 ? 'TOO_LARGE' : codeOfStatus(refusal)
}
