/** Paths with fields: `/pins/{cid}/places`. */
import { RequestError } from './api-input.js'

/** Returns the names of the fields of a template. */
export const fieldsOf = (template: string): readonly string[] =>
  [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)

/** Templates with what belongs to them; a segment that is written out goes before a field. */
export class PathTable<T> {
  readonly #byLength = new Map<number, { readonly parts: readonly string[]; readonly value: T }[]>()

  add(template: string, value: T): void {
    const parts = partsOf(template)
    const same = this.#byLength.get(parts.length) ?? []
    this.#byLength.set(parts.length, [...same, { parts, value }].sort(byFields))
  }

  /**
   * Returns what belongs to the template of a path, with its fields, decoded.
   * @throws RequestError for a path that is not encoded as a URL is.
   */
  find(
    path: string
  ): { readonly value: T; readonly fields: Readonly<Record<string, string>> } | undefined {
    // prettier-ignore
    const segments = partsOf(path)
    const found = this.#byLength
      .get(segments.length)
      ?.find(({ parts }) => parts.every((part, i) => isField(part) || part === segments[i]))
    if (found === undefined) return undefined
    const fields = found.parts.flatMap((part, i) =>
      isField(part) ? [[part.slice(1, -1), decoded(segments[i]!)] as const] : []
    )
    return { value: found.value, fields: Object.fromEntries(fields) }
  }
}

const partsOf = (path: string): string[] => path.split('/').slice(1)

const isField = (part: string): boolean => part.startsWith('{')

/** Fields as late as possible: compares where the first difference is. */
const byFields = (
  a: { readonly parts: readonly string[] },
  b: { readonly parts: readonly string[] }
): number => {
  for (const [i, part] of a.parts.entries()) {
    const difference = Number(isField(part)) - Number(isField(b.parts[i]!))
    if (difference !== 0) return difference
  }
  return 0
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new RequestError(`${segment} is not encoded as a URL is`)
  }
}
