/** CIDs of roots as words name them. */
import { withMappings } from './mappings-view.js'
import type { Services } from './services.js'
import { parseCid } from './target.js'

/** @throws INVALID_CID. */
export const parsedCids = ({ mounts }: Services, words: readonly string[]): string[] =>
  words.map((word) => String(parseCid(word, mounts)))

/**
 * Returns the CIDs that words name; the exact text of a mapping stays, as a migration keeps those that are no CIDs.
 * @throws INVALID_CID.
 */
export const mappedCids = (
  { home, mounts }: Services,
  words: readonly string[]
): Promise<string[]> =>
  withMappings(home, (mappings) =>
    words.map((word) => (mappings.of(word).length > 0 ? word : String(parseCid(word, mounts))))
  )
