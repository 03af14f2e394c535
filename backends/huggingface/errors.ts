/** Converts the refusals of a hub into errors. */
import { KitError, type ErrorCode } from '../../src/core/errors.js'
import { codeOfStatus, refusalError, type Refusal } from '../http-status.js'

/** What a hub says in `X-Error-Code`. */
export type HubCode = 'EntryNotFound' | 'RepoNotFound' | 'RevisionNotFound' | 'GatedRepo'

const MENDS: Readonly<Record<string, string>> = {
  RepoNotFound: 'make the repository first; one that is private looks the same without its token',
  RevisionNotFound: 'make that branch first',
  GatedRepo: 'accept its conditions on its page'
}

/** The error of a refusal. @param hubCode what the hub said in `X-Error-Code`. */
export function hubError(refusal: Refusal, hubCode: string | undefined): KitError {
  const { message } = refusalError(refusal, 'BACKEND_UNAVAILABLE')
  const mend = hubCode === undefined ? undefined : MENDS[hubCode]
  return new KitError(codeOf(refusal, hubCode), mend === undefined ? message : `${message}; ${mend}`) // prettier-ignore
}

function codeOf(refusal: Refusal, hubCode: string | undefined): ErrorCode {
  const { status, text } = refusal
  if (hubCode === 'RepoNotFound' && status === 404) return 'BACKEND_UNAVAILABLE'
  if (status === 413) return 'TOO_LARGE'
  if (/storage (?:limit|quota)|quota exceeded/i.test(text)) return 'QUOTA'
  return codeOfStatus(refusal)
}
