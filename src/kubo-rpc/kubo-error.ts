/** Tells errors as Kubo does: clients read the text, and Kubo's own tells missing blocks by it. */
import { isKitError, ERROR_CODES, type KitError } from '../core/errors.js'
import { NotReady } from '../core/not-ready.js'
import type { HttpCall } from '../http/http-call.js'
import { passOver } from './pass-over.js'

/** A CID in the text of an error. */
const CID = /\b(Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{20,})\b/

/** Returns the text of an error. */
export function kuboMessage(error: KitError): string {
  const { cause, message } = error
  if (cause instanceof NotReady) return notFound(cause.what)
  if (error.code !== 'BLOCK_NOT_FOUND') return message
  const [cid] = CID.exec(deepest(error).message) ?? CID.exec(message) ?? []
  return cid === undefined ? message : notFound(cid)
}

/** What is around an error names the root of a path, and not the block that is missing. */
function deepest(error: KitError): KitError {
  let found = error
  while (isKitError(found.cause, 'BLOCK_NOT_FOUND')) found = found.cause
  return found
}

const notFound = (cid: string): string =>
  `block was not found locally (offline): ipld: could not find ${cid}`

/** Sends an error. No other answer than that to an unknown command may have the status 404. */
export function sendKuboError(call: HttpCall, error: KitError): void {
  const { http } = ERROR_CODES[error.code]
  const isFault = http === 400 && error.code !== 'INVALID_CID'
  const told = { Message: kuboMessage(error), Code: isFault ? 1 : 0, Type: 'error' }
  const isRefusal = error.code === 'CREDENTIALS' || error.code === 'ACCESS_DENIED'
  sendShort(
    call,
    isFault ? 400 : isRefusal ? http : 500,
    'application/json',
    `${JSON.stringify(told)}\n`
  )
}

/** Sends an answer whose length is told, so that a client reads it whole while it still sends. */
export function sendShort(
  { request, response }: HttpCall,
  status: number,
  type: string,
  body: string
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff'
  })
  response.write(body)
  passOver(request, () => response.end())
}
