/** CIDs of roots as words name them. */
import type { Services } from './services.js'
import { parseCid } from './target.js'

/** @throws INVALID_CID. */
export const parsedCids = ({ mounts }: Services, words: readonly string[]): string[] =>
  words.map((word) => String(parseCid(word, mounts)))
