/** Numbers with their nouns, as sentences have them. */

/** Returns a number with its noun, in the plural unless it is one: `1 block`, `0 blocks`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`
