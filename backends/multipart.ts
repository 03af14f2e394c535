/** A body of one file, as forms of HTTP have it. Source: RFC 7578 */
import type { FileContent } from './facets/named-files.js'
import type { HttpRequest } from './http.js'

const BOUNDARY = 'ipfs-kit-7f1b54c0a2'
const headOf = (name: string): Buffer =>
  Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="data"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`
  )
const TAIL = Buffer.from(`\r\n--${BOUNDARY}--\r\n`)

/**
 * Makes headers and a body of a file's bytes, or of what begins them.
 * @param name of the file, without quotes or control characters.
 */
export function multipart(
  file: Uint8Array | FileContent,
  name = 'data'
): Pick<HttpRequest, 'headers' | 'body'> {
  const head = headOf(name)
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body:
      file instanceof Uint8Array
        ? Buffer.concat([head, file, TAIL])
        : async function* () {
            yield head
            yield* file()
            yield TAIL
          }
  }
}
