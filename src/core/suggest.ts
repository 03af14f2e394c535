/** Finds what a word was probably meant to be. */

/** Returns the known words that are nearest to a word, best first; none where all are far. */
export function nearest(word: string, known: Iterable<string>): string[] {
  const most = Math.max(1, Math.floor(word.length / 3))
  return [...known]
    .map((text) => ({ text, distance: distanceOf(word.toLowerCase(), text.toLowerCase()) }))
    .filter(
      ({ text, distance }) => isBegun(word, text) || (distance <= most && distance < text.length)
    )
    .sort((a, b) => a.distance - b.distance)
    .map(({ text }) => text)
}

/** Returns whether a word is the beginning of another, and long enough to mean it. */
const isBegun = (word: string, text: string): boolean =>
  word.replace(/^-*/, '').length >= 3 && text.startsWith(word)

/** Returns `; did you mean …?` for the nearest word, or an empty text. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const [first] = nearest(word, known)
  return first === undefined ? '' : `; did you mean ${first}?`
}

/**
 * Counts the letters to add, remove, replace or swap with their neighbour that lead from one word
 * to another (optimal string alignment).
 */
function distanceOf(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1]
      let least = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (isSame ? 0 : 1))
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        least = Math.min(least, before[j - 2]! + 1)
      row.push(least)
    }
    before = last
    last = row
  }
  return last[to.length]!
}
