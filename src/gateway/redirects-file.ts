/**
 * The rules of a `_redirects` file: which paths of a website lead elsewhere.
 * Source: https://specs.ipfs.tech/http-gateways/web-redirects-file/
 */

/** Most bytes of the file. */
export const MAX_REDIRECTS = 64 << 10

export interface RedirectRule {
  /** Parts of the path that it is for; one with a colon stands for any, `*` at the end for the rest. */
  readonly from: readonly string[]
  readonly to: string
  readonly status: number
}

export interface Redirection {
  readonly to: string
  readonly status: number
}

const STATUSES: ReadonlySet<number> = new Set([200, 301, 302, 303, 307, 308, 404, 410, 451])

/** @throws Error naming the line and the fault. */
export function parseRedirects(text: string): RedirectRule[] {
  const rules: RedirectRule[] = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '' || words[0]!.startsWith('#')) continue
    try {
      rules.push(ruleOf(words))
    } catch (error) {
      throw new Error(`line ${i + 1}: ${(error as Error).message}`, { cause: error })
    }
  }
  return rules
}

function ruleOf(words: readonly string[]): RedirectRule {
  const [from = '', to, status = '301', ...more] = words
  if (to === undefined || more.length > 0)
    throw new Error(
      `a rule has two or three words, a path, where it leads, and a status; not ${words.length}`
    )
  if (!from.startsWith('/')) throw new Error(`"${from}" is no path: it must begin with a slash`)
  if (!to.startsWith('/') && !/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(to))
    throw new Error(`"${to}" is neither a path that begins with a slash nor a URL`)
  if (status.endsWith('!')) throw new Error('forced redirects (or "shadowing") are not supported')
  const code = /^\d{3}$/.test(status) ? Number(status) : 0
  if (!STATUSES.has(code)) throw new Error(`status "${status}" is not supported`)
  const parts = partsOf(from)
  const star = parts.indexOf('*')
  if (star >= 0 && star < parts.length - 1) throw new Error(`"*" must be the end of "${from}"`)
  const named = parts.filter((part) => part.startsWith(':'))
  if (new Set(named).size < named.length) throw new Error(`"${from}" has a placeholder twice`)
  return { from: parts, to, status: code }
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '')

/** Returns where the first rule that fits leads. @param path below the root, decoded. */
export function redirectionOf(
  rules: readonly RedirectRule[],
  path: string
): Redirection | undefined {
  const parts = partsOf(path)
  for (const { from, to, status } of rules) {
    const values = valuesOf(from, parts)
    if (values !== undefined) return { to: filled(to, values), status }
  }
  return undefined
}

/** Returns what placeholders stand for; undefined where a rule does not fit. */
function valuesOf(
  from: readonly string[],
  parts: readonly string[]
): Map<string, string> | undefined {
  const values = new Map<string, string>()
  for (const [i, pattern] of from.entries()) {
    if (pattern === '*') return values.set('splat', parts.slice(i).join('/'))
    const part = parts[i]
    if (part === undefined) return undefined
    if (pattern.startsWith(':')) values.set(pattern.slice(1), part)
    else if (pattern !== part) return undefined
  }
  return parts.length === from.length ? values : undefined
}

/** Values are encoded anew, so that they stay parts of the path whatever they hold. */
const filled = (to: string, values: ReadonlyMap<string, string>): string =>
  to.replace(/:([A-Za-z_]\w*)/g, (whole, name: string) => {
    const value = values.get(name)
    return value === undefined ? whole : value.split('/').map(encodeURIComponent).join('/')
  })
