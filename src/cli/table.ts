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
        if (i === row.length - 1) return cell
        const fill = ' '.repeat(widths[i]! - widthOf(cell))
        return right.includes(i) ? fill + cell : cell + fill
      })
      .join('  ')
  )
}

/** Lines of a list that a command shows. */
export const SHORT = 20

/** Returns the first lines of a long list and the number of the others, which `--json` shows. */
export const shortened = (lines: readonly string[], limit = SHORT): readonly string[] =>
  lines.length <= limit ? lines : [...lines.slice(0, limit), `… and ${lines.length - limit} more`]

/** Returns the columns that a text takes, counting characters instead of code units. */
const widthOf = (text: string): number => [...text].length
