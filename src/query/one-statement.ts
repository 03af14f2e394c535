/** The one statement of a text, without the semicolons and what follows them. */

/** A comment of a line, a text or a name in quotes, a text in dollars, a word, or any other character. */
const TOKEN = /--[^\n]*|[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|\$((?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?)\$.*?\$\1\$|[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*|\s+|./suy // prettier-ignore

/** @param sql a text that DuckDB parsed as one statement. */
export function oneStatement(sql: string): string {
  let start = 0
  let hasWords = false
  for (let at = 0; at < sql.length;) {
    const next = tokenEnd(sql, at)
    const token = sql.slice(at, next)
    if (token === ';' && hasWords) return sql.slice(start, at)
    if (token === ';') start = next
    else hasWords ||= !/^(?:\s|--|\/\*)/.test(token)
    at = next
  }
  return sql.slice(start)
}

function tokenEnd(sql: string, at: number): number {
  if (sql.startsWith('/*', at)) return commentEnd(sql, at)
  TOKEN.lastIndex = at
  TOKEN.exec(sql)
  return TOKEN.lastIndex
}

/** Comments nest. */
function commentEnd(sql: string, at: number): number {
  const ends = /\/\*|\*\//g
  ends.lastIndex = at
  let depth = 0
  for (let found = ends.exec(sql); found !== null; found = ends.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return ends.lastIndex
  }
  return sql.length
}
