/** Formats text in columns that are as wide as their widest cell; the last one is ragged. */
import { printableText } from '../core/printable.js'

/** @param right indices of the columns that are aligned to the right. */
export function table(
  texts: readonly (readonly string[])[],
  right: readonly number[] = []
): string[] {
  // As they will be printed, since escaping makes them wider.
  const rows = texts.map((row) => row.map(printableText))
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))))
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const isRight = right.includes(i)
        if (i === row.length - 1 && !isRight) return cell
        const fill = ' '.repeat(widths[i]! - widthOf(cell))
        return isRight ? fill + cell : cell + fill
      })
      .join('  ')
  )
}

/**
 * Formats a list below the names of its columns; returns no lines where there is nothing to list.
 * @param right indices of the columns that are aligned to the right: numbers.
 */
export const listing = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = []
): string[] =>
  rows.length === 0 ? [] : table([columns, ...rows], right).map((line) => line.trimEnd())

/** Lines of a list that a command shows. */
export const SHORT = 20

/** Returns the first lines of a long list and the number of the others, which `--json` shows. */
export const shortened = (lines: readonly string[], limit = SHORT): readonly string[] =>
  lines.length <= limit ? lines : [...lines.slice(0, limit), `… and ${lines.length - limit} more`]

/** Returns the columns that a text takes on a terminal: two for wide characters, none for marks. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

/** `Mn` has the selectors of variants, `Cf` what joins characters and breaks lines. */
const MARK = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\p{sc=Han}\p{Emoji_Presentation}]$/u
