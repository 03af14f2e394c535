/** A body of one file, as forms of HTTP have it. Source: RFC 7578 */
import type { FileContent } from './facets/named-files.js'
import type { HttpRequest } from './http.js'

const BOUNDARY = 'ipfs-kit-7f1b54c0a2'
const HEAD = Buffer.from(
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="data"; filename="data"\r\nContent-Type: application/octet-stream\r\n\r\n`
)
const TAIL = Buffer.from(`\r\n--${BOUNDARY}--\r\n`)

/** Makes headers and a body of a file's bytes, or of what begins them. */
export function multipart(file: Uint8Array | FileContent): Pick<HttpRequest, 'headers' | 'body'> {
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body:
      file instanceof Uint8Array
        ? Buffer.concat([HEAD, file, TAIL])
        : async function* () {
            yield HEAD
            yield* file()
            yield TAIL
          }
  }
}
