/**
 * Converts the refusals of a Lotus node into errors. Those of providers are a gateway's.
 * Source: https://lotus.filecoin.io/reference/basics/overview/, https://www.jsonrpc.org/specification
 */
import { KitError, type ErrorCode } from '../../src/core/errors.js'
import { codeOfStatus, refusalError, type Refusal } from '../http-status.js'
import { wordsFrom } from '../json-answer.js'

/** An error that came in an answer of JSON-RPC. */
export interface RpcError {
  readonly code: number
  readonly message: string
}

const METHOD_NOT_FOUND = -32_601
/** The code of JSON-RPC errors that a method itself threw. */
const THROWN = 1

/** Whether a Lotus node says that there is no such deal. */
export const saysNoDeal = ({ code, message }: RpcError): boolean =>
  code === THROWN && /^deal \d+ not found/.test(message)

/** The error of a refused request. */
export const lotusRefusal = (refusal: Refusal): KitError =>
  refusalError(refusal, codeOfStatus(refusal))

/** The error of a call that failed. */
export function rpcFailure(where: string, method: string, { code, message }: RpcError): KitError {
  const meaning: ErrorCode = code === METHOD_NOT_FOUND ? 'UNSUPPORTED' : /missing permission/.test(message) ? 'CREDENTIALS' : 'BACKEND_UNAVAILABLE' // prettier-ignore
  return new KitError(meaning, `${where} answers ${method}: ${wordsFrom(message)} (${code})`)
}
