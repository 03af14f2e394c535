/** Converts the keys of results to snake_case for JSON output. */

/** Data of a user, whose keys are not ours to change. */
export class Verbatim {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

/** Returns plain data with the keys of all its objects in snake_case; values stay as they are. */
export function snakeCased(value: unknown): unknown {
  if (value instanceof Verbatim) return value.value
  if (Array.isArray(value)) return value.map(snakeCased)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [snakeCase(key), snakeCased(inner)])
  )
}

/** A key that begins with a capital is data, such as the name of an errno. */
const snakeCase = (key: string): string =>
  /^[A-Z]/.test(key) ? key : key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
