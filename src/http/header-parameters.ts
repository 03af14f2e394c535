/** The parameters of a header field, as in `form-data; name="file"; filename=a.txt` (RFC 9110, 5.6.6). */

const PARAMETER = /;\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gs

/** Returns the parameters behind the first `;`, names in small letters. Of one given twice the first counts. */
export function headerParameters(value: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', quoted, plain = ''] of value.matchAll(PARAMETER)) {
    const key = name.toLowerCase()
    if (!found.has(key)) found.set(key, quoted?.replaceAll(/\\(.)/gs, '$1') ?? plain)
  }
  return found
}
