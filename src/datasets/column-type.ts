/** The types of columns, from DuckDB's words for them. */

export type ColumnType =
  | { readonly kind: 'value'; readonly name: string; readonly parameters: readonly string[] }
  | { readonly kind: 'list'; readonly of: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }

export interface Field {
  readonly name: string
  readonly type: ColumnType
}

/**
 * Parses a type such as `STRUCT(a INTEGER, b VARCHAR[])[]`. A map is the list of `{key, value}` that
 * Parquet makes of it. What is not understood is a value by its whole text.
 */
export function columnType(text: string): ColumnType {
  const trimmed = text.trim()
  const item = /^(.*)\[\d*\]$/s.exec(trimmed)
  if (item !== null) return { kind: 'list', of: columnType(item[1]!) }
  const call = /^(\w+)\((.*)\)$/s.exec(trimmed)
  if (call === null) return { kind: 'value', name: trimmed, parameters: [] }
  const [name, inner] = [call[1]!.toUpperCase(), split(call[2]!)]
  if (name === 'STRUCT' || name === 'UNION') return { kind: 'struct', fields: inner.map(fieldIn) }
  if (name !== 'MAP') return { kind: 'value', name, parameters: inner }
  const [key, value] = inner.map(columnType)
  const fields = [
    { name: 'key', type: key! },
    { name: 'value', type: value! }
  ]
  return { kind: 'list', of: { kind: 'struct', fields } }
}

function fieldIn(text: string): Field {
  const quoted = /^"((?:[^"]|"")*)"\s+(.*)$/s.exec(text)
  if (quoted !== null) return { name: quoted[1]!.replaceAll('""', '"'), type: columnType(quoted[2]!) } // prettier-ignore
  const at = text.indexOf(' ')
  return { name: text.slice(0, at), type: columnType(text.slice(at + 1)) }
}

/** Splits at the commas that are in no quotes and no brackets. */
function split(text: string): string[] {
  const parts: string[] = []
  let [from, depth, quote] = [0, 0, '']
  for (let at = 0; at < text.length; at++) {
    const one = text[at]!
    if (quote !== '') quote = one === quote ? '' : quote
    else if (one === '"' || one === "'") quote = one
    else if (one === '(') depth++
    else if (one === ')') depth--
    else if (one === ',' && depth === 0) {
      parts.push(text.slice(from, at).trim())
      from = at + 1
    }
  }
  return [...parts, text.slice(from).trim()]
}
