/** How copies of pins on backends are printed. */
import { formatSize } from '../../config/units.js'
import type { PinOutcome } from '../../operations/pin-outcome.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

/** Prints a line for each copy: what became of it, and what failed. */
export function printCopies(context: Context, copies: readonly PinOutcome[]): void {
  if (context.quiet) for (const { cid } of copies) context.print(cid)
  else
    for (const line of table(
      copies.map(({ cid, backend, status, size, details }) => [
        status,
        backend,
        size === null ? '' : formatSize(size),
        cid,
        details ?? ''
      ]),
      [2]
    ))
      context.print(line.trimEnd())
}

/** Copies as `--json` shows them. */
export const copiesAnswer = (copies: readonly PinOutcome[]): readonly object[] =>
  copies.map(({ error, ...copy }) => ({ ...copy, code: error?.code ?? null }))
