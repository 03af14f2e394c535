/** EXPLAIN before a statement, which DuckDB's serializer does not take. */

const EXPLAIN = /^(?:\s|--[^\n]*(?:\n|$))*explain\s+(?:(analyze)\s+)?/i

export interface Split {
  /** The words before the statement: '', 'EXPLAIN ' or 'EXPLAIN ANALYZE '. */
  readonly explain: string
  readonly statement: string
}

/** Splits EXPLAIN off; further options of it stay where they are, and are refused as no SQL. */
export function splitExplain(sql: string): Split {
  const found = EXPLAIN.exec(sql)
  if (found === null) return { explain: '', statement: sql }
  const explain = found[1] === undefined ? 'EXPLAIN ' : 'EXPLAIN ANALYZE '
  return { explain, statement: sql.slice(found[0].length) }
}
