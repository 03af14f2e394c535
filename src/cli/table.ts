/** Text in columns: as wide as their widest cell, numbers to the right, the last one ragged. */

/** @param right indices of the columns that align to the right. */
export function table(
  rows: readonly (readonly string[])[],
  right: readonly number[] = []
): string[] {
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

/** The first lines of a long list, and how many more there are: `--json` has them all. */
export const shortened = (lines: readonly string[], most = 20): readonly string[] =>
  lines.length <= most ? lines : [...lines.slice(0, most), `… and ${lines.length - most} more`]

/** Columns a text takes, counting characters, not code units. */
const widthOf = (text: string): number => [...text].length
