/** The meaning of HTTP statuses that is the same whoever answers. */
import { KitError, type ErrorCode } from '../src/core/errors.js'

/** Characters of an answer that go into a message. */
const MAX_SAID = 300

/** An answer that is no success, as it came. */
export interface Refusal {
  /** The host or socket that answered. */
  readonly where: string
  readonly status: number
  /** The beginning of its body. */
  readonly text: string
  /** Whether it asks to be left alone for a while. */
  readonly rests?: boolean
}

/**
 * The code of a status. It says nothing of 404 and 410, which each backend reads in its own way:
 * here they are BACKEND_UNAVAILABLE, since a proxy answers them too.
 */
export function codeOfStatus({ status, rests }: Pick<Refusal, 'status' | 'rests'>): ErrorCode {
  if (status === 403 && rests === true) return 'RATE_LIMITED'
  if (status === 401 || status === 403) return 'CREDENTIALS'
  if (status === 408 || status === 504) return 'TIMEOUT'
  if (status === 429 || rests === true) return 'RATE_LIMITED'
  return 'BACKEND_UNAVAILABLE'
}

/** An error that quotes the answer. */
export function refusalError({ where, status, text }: Refusal, code: ErrorCode): KitError {
  const said = wordsOf(text).slice(0, MAX_SAID).replace(/\s+/g, ' ').trim()
  return new KitError(code, `${where} answers ${status}${said === '' ? '' : `: ${said}`}`)
}

/** The first text of these fields in an answer of JSON, whose end may be missing. */
const MESSAGE = /"(?:message|error|detail|reason)"\s*:\s*"((?:[^"\\]|\\.)*)/i

/** Returns what an answer says to people: not the form of JSON around it, and no page. */
function wordsOf(text: string): string {
  const start = text.trimStart()
  if (start.startsWith('<')) return ''
  if (!/^[{[]/.test(start)) return start
  const found = MESSAGE.exec(start)?.[1] ?? ''
  try {
    return String(JSON.parse(`"${found}"`))
  } catch {
    // It was cut in the middle of an escape.
    return found
  }
}
