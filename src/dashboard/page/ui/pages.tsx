/** Lists page by page, as the API gives them. */
import { useState } from 'preact/hooks'

export interface Pages {
  /** Of the page that is shown; undefined for the first one. */
  readonly cursor: string | undefined
  readonly back: (() => void) | undefined
  readonly to: (cursor: string) => void
  readonly toFirst: () => void
}

export function usePages(): Pages {
  const [cursors, setCursors] = useState<readonly string[]>([])
  return {
    cursor: cursors.at(-1),
    back: cursors.length === 0 ? undefined : () => setCursors(cursors.slice(0, -1)),
    to: (cursor) => setCursors([...cursors, cursor]),
    toFirst: () => setCursors([])
  }
}

export function Pager({ pages: { back, to }, next }: { pages: Pages; next: string | null }) {
  if (back === undefined && next === null) return null
  return (
    <p class="row">
      {back !== undefined && <button onClick={back}>Previous page</button>}
      {next !== null && <button onClick={() => to(next)}>Next page</button>}
    </p>
  )
}
