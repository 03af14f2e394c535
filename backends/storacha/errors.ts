/**
 * Converts what Storacha's client throws into errors: an Error whose cause has the name of what the
 * service, or the validation of a delegation, said.
 */
import { isKitError, KitError, systemCode, type ErrorCode } from '../../src/core/errors.js'
import { codeOfStatus } from '../http-status.js'
import { wordsFrom } from '../json-answer.js'

/** Names of refusals. Source: the packages @storacha/upload-api and @ucanto/validator */
const MEANINGS: Readonly<Record<string, ErrorCode>> = {
  UploadNotFound: 'BLOCK_NOT_FOUND',
  Unauthorized: 'CREDENTIALS',
  InvalidAudience: 'CREDENTIALS',
  Expired: 'CREDENTIALS',
  NotValidBefore: 'CREDENTIALS',
  HandlerNotFound: 'UNSUPPORTED',
  InsufficientStorage: 'QUOTA',
  SpaceUnknown: 'QUOTA',
  AllocatedMemoryNotWrittenError: 'BACKEND_UNAVAILABLE',
  BlobSizeOutsideOfSupportedRange: 'TOO_LARGE',
  HTTPError: 'BACKEND_UNAVAILABLE'
}

/** The error, and those that caused it. */
function* chainOf(error: unknown): Iterable<Error & { readonly status?: unknown }> {
  for (let one = error; typeof one === 'object' && one !== null; one = (one as Error).cause)
    yield one as Error
}

/** The error of a call of the client. @param what was done, for the message. */
export function storachaError(error: unknown, what: string): KitError {
  let code: ErrorCode | undefined
  const said: string[] = []
  for (const one of chainOf(error)) {
    if (isKitError(one)) return one
    code ??= codeOf(one)
    if (typeof one.message === 'string' && one.message !== '') said.push(systemCode(one) ?? one.message) // prettier-ignore
  }
  const words = wordsFrom(said.join(': ') || 'no reason is given')
  return new KitError(code ?? 'BACKEND_UNAVAILABLE', `Storacha: ${what}: ${words}`, {
    cause: error
  })
}

function codeOf({
  name,
  message,
  status
}: Error & { readonly status?: unknown }): ErrorCode | undefined {
  // prettier-ignore
  const upload = /^upload failed: (\d{3})$/.exec(message)?.[1]
  const number = upload === undefined ? status : Number(upload)
  if (typeof number === 'number') return codeOfStatus({ status: number })
  return Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : undefined
}
