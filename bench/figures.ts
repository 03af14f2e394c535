/** Values as they come, gathered into rows. */
import type { Row } from './report.js'

/** Values by what was measured and by name, in the order in which they came. */
export class Figures {
  readonly #rows = new Map<string, { unit: Row['unit']; values: Map<string, number[]> }>()

  add(what: string, unit: Row['unit'], name: string, value: number): void {
    const row = this.#rows.get(what) ?? { unit, values: new Map<string, number[]>() }
    this.#rows.set(what, row)
    row.values.set(name, [...(row.values.get(name) ?? []), value])
  }

  rows(): Row[] {
    return [...this.#rows].map(([what, row]) => ({ what, ...row }))
  }
}
