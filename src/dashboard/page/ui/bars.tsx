/** An answer as bars: its first text column against its first numeric one, where it has both. */
import { countText } from '../format.js'
import { isNumeric, type Answered } from './rows.js'

const MOST_BARS = 30

export function BarChart({ answer: { columns, rows } }: { answer: Answered }) {
  const value = columns.findIndex(({ type }) => isNumeric(type))
  const label = columns.findIndex((_, index) => index !== value)
  if (value < 0 || label < 0 || rows.length === 0) return null
  const bars = rows
    .slice(0, MOST_BARS)
    .map((row) => ({ name: String(row[label]), size: Number(row[value]) }))
  const most = Math.max(...bars.map(({ size }) => Math.abs(size)), 0)
  return (
    <figure class="bars">
      <figcaption>
        {columns[value]!.name} by {columns[label]!.name}
        {rows.length > MOST_BARS && `, the first ${MOST_BARS}`}
      </figcaption>
      {bars.map(({ name, size }, index) => (
        <div key={index} class="bar">
          <span class="name">{name}</span>
          <meter value={Math.abs(size)} max={most || 1} aria-label={name} />
          <span class="number">{countText(size)}</span>
        </div>
      ))}
    </figure>
  )
}
