/** Makes text safe to print by escaping all characters that a terminal acts on. */
import { bufferOf, textOf } from './bytes.js'

// DEL and C1, line and paragraph separators, bidirectional overrides, and format characters that
// nobody sees.
const BEYOND_ASCII =
  '\\u007f-\\u009f\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{e0001}'
const UNSAFE = new RegExp(`[\\u0000-\\u001f${BEYOND_ASCII}]`, 'gu')
/** JSON escapes the others itself, and has line ends between its parts. */
const UNSAFE_IN_JSON = new RegExp(`[${BEYOND_ASCII}]`, 'gu')

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const escapeOne = (char: string): string =>
  SHORT[char] ??
  (char < '\u0100'
    ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
    : `\\u{${char.codePointAt(0)!.toString(16)}}`)

/** Returns text with control and direction characters escaped, as in `a\nb` or `\x1b[31m`. */
export const printableText = (text: string): string => text.replace(UNSAFE, escapeOne)

/** Returns a value as JSON, in which characters that a terminal acts on are escaped. */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNSAFE_IN_JSON, (char) =>
    Array.from({ length: char.length }, (_, i) => hexEscape(char.charCodeAt(i))).join('')
  )

const hexEscape = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`

/** Returns a name as printable text, in which bytes that are not UTF-8 appear as `\xNN`. */
export function printable(name: Uint8Array): string {
  const text = textOf(name)
  if (text !== undefined) return printableText(text)
  // Decoded character by character, because a U+FFFD of the decoder could also be in the name.
  let out = ''
  for (let at = 0; at < name.length;) {
    const length = validRun(name, at)
    if (length === 0) out += `\\x${name[at++]!.toString(16).padStart(2, '0')}`
    else {
      out += printableText(bufferOf(name.subarray(at, at + length)).toString('utf8'))
      at += length
    }
  }
  return out
}

/** Returns the length of the UTF-8 character at `at`, 0 if there is none. */
function validRun(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++)
    if (textOf(bytes.subarray(at, at + length)) !== undefined) return length
  return 0
}

/** Returns a name for JSON: its text, with its bytes in base64 if it is not UTF-8. */
export function jsonName(name: Uint8Array): { name: string; nameBase64?: string } {
  const text = textOf(name)
  if (text !== undefined) return { name: text }
  return { name: printable(name), nameBase64: bufferOf(name).toString('base64') }
}
