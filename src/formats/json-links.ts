/**
 * Collects the links of a JSON block: objects whose only key is "/" with the text of a CID.
 * Source: https://ipld.io/specs/codecs/dag-json/spec/#links
 */
import { bufferOf } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { KitError } from '../core/errors.js'

/** How much of a link has been read: a brace, the key, a colon, the text, and then the last brace. */
const enum Part {
  NONE,
  BRACE,
  KEY,
  COLON,
  TEXT
}

/**
 * Returns the links of a block, in order. It accepts more than a decoder, repeated keys for one,
 * because gc and archives must not lose the links of a block that is not canonical dag-json.
 * @throws CORRUPT_FORMAT for a block that is no JSON, INVALID_CID for a link that is no CID.
 */
export function jsonLinks(block: Uint8Array): Cid[] {
  const text = bufferOf(block).toString('utf8')
  checkJson(text)
  const found: Cid[] = []
  let part = Part.NONE
  let link = ''
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!
    if (sign === '"') {
      const end = endOfString(text, at)
      if (part === Part.COLON) link = text.slice(at, end)
      part = partOfString(part, text, at, end)
      at = end - 1
    } else if (sign === '{') part = Part.BRACE
    else if (sign === ':') part = part === Part.KEY ? Part.COLON : Part.NONE
    else if (!isSpace(sign)) {
      if (sign === '}' && part === Part.TEXT) found.push(Cid.parseLink(JSON.parse(link) as string))
      part = Part.NONE
    }
  }
  return found
}

/** Returns what a string is part of, by what comes before it. */
function partOfString(before: Part, text: string, at: number, end: number): Part {
  if (before === Part.COLON) return Part.TEXT
  const isKey = before === Part.BRACE && JSON.parse(text.slice(at, end)) === '/'
  return isKey ? Part.KEY : Part.NONE
}

const isSpace = (sign: string): boolean =>
  sign === ' ' || sign === '\n' || sign === '\r' || sign === '\t'

/** Returns the place behind the closing quote of the string that opens at `at`. */
function endOfString(text: string, at: number): number {
  for (let i = at + 1; ; i++) {
    const sign = text[i]
    if (sign === '"' || sign === undefined) return i + 1
    if (sign === '\\') i++
  }
}

/** @throws CORRUPT_FORMAT. */
function checkJson(text: string): void {
  try {
    JSON.parse(text)
  } catch (error) {
    const reason = (error as Error).message
    throw new KitError('CORRUPT_FORMAT', `malformed dag-json block: ${reason}`, { cause: error })
  }
}
