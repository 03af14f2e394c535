/** Converts what git and GitHub's API refuse into errors. */
import { KitError, type ErrorCode } from '../../src/core/errors.js'
import { codeOfStatus, refusalError, type Refusal } from '../http-status.js'

/** Characters of git's words that go into a message. */
const MAX_SAID = 300

/** Texts of git and of GitHub's server, in the language that its environment asks for. */
const MEANINGS: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/GH001|exceeds .* file size limit/i, 'TOO_LARGE', 'use --store releases for files of this size'],
  [/returned error: 429|rate limit/i, 'RATE_LIMITED', ''],
  [
    /Authentication failed|could not read Username|could not read Password|returned error: 40[13]|Permission denied|Permission to .* denied|Host key verification failed/,
    'CREDENTIALS',
    'give a token that may write the content of the repository'
  ],
  [
    /repository .*not found|does not appear to be a git repository|does not exist/i,
    'BACKEND_UNAVAILABLE',
    'make the repository first; one that is private looks the same without a token that may read it'
  ],
  [
    /GH006|protected branch|hook declined/i,
    'ACCESS_DENIED',
    'the branch is protected: choose another with --branch'
  ],
  [
    /No space left on device/,
    'NO_SPACE',
    'git keeps what it needs in the cache folder of the user'
  ],
  [/quota/i, 'QUOTA', ''],
  [/returned error: (?:408|504)/, 'TIMEOUT', ''],
  [
    /unable to update url base from redirection|returned error: 30\d/,
    'BACKEND_UNAVAILABLE',
    'the repository has moved: give its new address, as a token is never taken along'
  ]
]

/** The error of a git that failed. @param said on stderr. */
export function gitError(said: string, command: string, url: string): KitError {
  const found = MEANINGS.find(([text]) => text.test(said))
  const code = found?.[1] ?? 'BACKEND_UNAVAILABLE'
  const mend = found?.[2] ?? ''
  const words = said.replace(/\s+/g, ' ').trim().slice(0, MAX_SAID)
  const message = `${url}: git ${command} fails${words === '' ? '' : `: ${words}`}`
  return new KitError(code, mend === '' ? message : `${message}; ${mend}`)
}

/** The error of a refusal of the API. 404 is what it says of all that a token may not see. */
export function apiError(refusal: Refusal): KitError {
  const { status, text } = refusal
  if (status === 403 && /rate limit/i.test(text)) return refusalError(refusal, 'RATE_LIMITED')
  const error = refusalError(refusal, codeOfStatus(refusal))
  if (status !== 404) return error
  const mend = 'make the repository first; one that is private looks the same without a token that may read it' // prettier-ignore
  return new KitError(error.code, `${error.message}; ${mend}`)
}
