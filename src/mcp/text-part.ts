/** Tells text from other bytes, and cuts a text between characters. */

export interface TextPart {
  readonly text: string
  /** Bytes before the text that belong to a character which began earlier. */
  readonly skipped: number
  /** Bytes that were used, the skipped ones included; the rest begins a character that is cut. */
  readonly used: number
}

/** Longest UTF-8 character. */
const MAX_CHARACTER = 4

/**
 * Returns a part of a file as text; undefined where it is none.
 * @param isInside whether bytes stand before the part, @param isCut whether some follow.
 */
export function textPart(
  bytes: Uint8Array,
  isInside: boolean,
  isCut: boolean
): TextPart | undefined {
  const skipped = isInside ? continuation(bytes) : 0
  const most = isCut ? MAX_CHARACTER - 1 : 0
  for (let left = 0; left <= most; left++) {
    const used = bytes.length - left
    // Of a part without a whole character the bytes are given.
    if (used < skipped || (used === skipped && bytes.length > 0)) return undefined
    const text = decoded(bytes.subarray(skipped, used))
    if (text !== undefined) return text.includes('\0') ? undefined : { text, skipped, used }
  }
  return undefined
}

/** Returns how many bytes at the beginning continue a character. */
function continuation(bytes: Uint8Array): number {
  let count = 0
  while (count < MAX_CHARACTER - 1 && count < bytes.length && (bytes[count]! & 0xc0) === 0x80)
    count++
  return count
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
