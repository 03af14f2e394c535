/** Answers of JSON: one value, or one in each line. What they hold is checked by `core/shape.ts`. */
import { isKitError, KitError, type ErrorCode } from '../src/core/errors.js'
import { printableText } from '../src/core/printable.js'
import type { Shape } from '../src/core/shape.js'
import type { HttpAnswer, HttpClient } from './http.js'

/** Bytes of one value: a page of a thousand pins has one. */
const MAX_JSON = 8 << 20
/** Characters of another side's words that are kept. */
const MAX_WORDS = 500

/** Reads an answer that is one value. @throws BACKEND_UNAVAILABLE for what is none of that shape. */
export async function jsonOf<T>(
  http: HttpClient,
  answer: HttpAnswer,
  shape: Shape<T>,
  signal: AbortSignal
): Promise<T> {
  const bytes = await http.bodyOf(answer, MAX_JSON, signal)
  return valueIn(http.where, Buffer.from(bytes).toString('utf8'), shape)
}

/**
 * Reads an answer that has a value in each line, as they come.
 * @param codeOf what it means that the other side says at the end why it failed on the way.
 * @throws BACKEND_UNAVAILABLE for a line that is none of that shape; what `codeOf` says.
 */
export async function* jsonLines<T>(
  http: HttpClient,
  answer: HttpAnswer,
  shape: Shape<T>,
  signal: AbortSignal,
  codeOf: (said: string) => ErrorCode = () => 'BACKEND_UNAVAILABLE'
): AsyncGenerator<T, void, undefined> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const piece of http.stream(answer, signal)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop()!
    if (rest.length > MAX_JSON)
      throw new KitError('TOO_LARGE', `${http.where} answers with a line of more than ${MAX_JSON} characters`) // prettier-ignore
    for (const line of lines) if (line.trim() !== '') yield valueIn(http.where, line, shape)
  }
  if (rest.trim() !== '') yield valueIn(http.where, rest, shape)
  const said = answer.body.trailers['x-stream-error']
  if (said !== undefined && said !== '')
    throw new KitError(codeOf(said), `${http.where} failed on the way: ${wordsFrom(said)}`)
}

/** Checks a value that came in JSON. @throws BACKEND_UNAVAILABLE. */
export function valueIn<T>(where: string, text: string, shape: Shape<T>): T {
  try {
    return shape(JSON.parse(text), 'the answer')
  } catch (cause) {
    const reason = isKitError(cause) ? cause.message : 'it is no JSON'
    throw new KitError(
      'BACKEND_UNAVAILABLE',
      `${where} answers in a way unknown to us: ${reason}`,
      {
        cause
      }
    )
  }
}

/** Returns the words of another side for people: escaped, and not endless. */
export function wordsFrom(text: string): string {
  const short = text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text
  return printableText(short.trim())
}
