/** A body of one file, as forms of HTTP have it. Source: RFC 7578 */
import { randomBytes } from 'node:crypto'
import type { FileContent } from './facets/named-files.js'
import type { HttpRequest } from './http.js'

/**
 * Makes headers and a body of a file's bytes, or of what begins them. The boundary is random: content
 * that holds it would end the form, and whoever makes content could know one that is always the same.
 * @param name of the file, without quotes or control characters.
 */
export function multipart(
  file: Uint8Array | FileContent,
  name = 'data'
): Pick<HttpRequest, 'headers' | 'body'> {
  const boundary = `ipfs-kit-${randomBytes(20).toString('hex')}`
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="data"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body:
      file instanceof Uint8Array
        ? Buffer.concat([head, file, tail])
        : async function* () {
            yield head
            yield* file()
            yield tail
          }
  }
}
