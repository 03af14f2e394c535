/** Headers of all answers: any page may read content, and types are what they are said to be. */

export type Headers = Readonly<Record<string, string | number | string[] | undefined>>

/** One line for each value: some clients look for a line. */
export const OPEN_TO_ALL: Headers = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': ['GET', 'HEAD', 'OPTIONS'],
  'access-control-allow-headers': ['Content-Type', 'Range', 'User-Agent', 'X-Requested-With'],
  'access-control-expose-headers': [
    'Content-Length',
    'Content-Range',
    'X-Chunked-Output',
    'X-Ipfs-Path',
    'X-Ipfs-Roots',
    'X-Stream-Output',
    'Ipfs-Uri'
  ]
}

/**
 * Returns names and values one after the other, as Node takes them without making anything of them; those that are
 * undefined are left out.
 */
export function headerLines(headers: Headers): string[] {
  const lines: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string') lines.push(name, value)
    else if (typeof value === 'number') lines.push(name, String(value))
    else for (const one of value ?? []) lines.push(name, one)
  }
  return lines
}

export const OPEN_LINES: readonly string[] = headerLines(OPEN_TO_ALL)

/** Of what never changes: a year less a month, as gateways have it. */
export const IMMUTABLE = 'public, max-age=29030400, immutable'
/** Of pages that this program makes of content that never changes. */
export const GENERATED = 'public, max-age=604800, stale-while-revalidate=2678400'

/** The policy of pages of our own: no script, nothing from anywhere. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
