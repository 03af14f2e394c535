/** Tables. On a narrow screen they scroll by themselves, and can be reached by the keyboard to do so. */
import type { ComponentChildren } from 'preact'

export interface Column<T> {
  readonly head: string
  readonly cell: (row: T) => ComponentChildren
  readonly isNumber?: boolean
}

interface TableProps<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  readonly keyOf?: (row: T, index: number) => string
  /** What is said where there are no rows. */
  readonly empty: ComponentChildren
}

export function Table<T>({
  label,
  columns,
  rows,
  keyOf = (_, index) => String(index),
  empty
}: TableProps<T>) {
  if (rows.length === 0) return <p class="quiet">{empty}</p>
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ head, isNumber }) => (
              <th key={head} scope="col" class={isNumber ? 'number' : ''}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={keyOf(row, index)}>
              {columns.map(({ head, cell, isNumber }) => (
                <td key={head} class={isNumber ? 'number' : ''}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
