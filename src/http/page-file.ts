/** Files of pages of our own, which are the same for everybody who names this server. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { KitError, systemCode } from '../core/errors.js'
import { isKnown } from './conditions.js'
import type { HttpCall } from './http-call.js'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml'
}

/** Nothing comes from elsewhere, nothing is sent there, and no text becomes a script. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types '
].join('; ')

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache'
}

/**
 * Sends a file as its ending says.
 * @param trustedTypes policies by which the page may make HTML or scripts of texts, or `'none'`.
 * @throws PATH_NOT_FOUND.
 */
export async function sendPageFile(
  { request, response, path }: HttpCall,
  file: URL,
  trustedTypes: string,
  status = 200
): Promise<void> {
  const bytes = await bytesOf(file)
  if (bytes === undefined) throw new KitError('PATH_NOT_FOUND', `there is nothing at ${path}`)
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  const headers = {
    ...HEADERS,
    'content-type': TYPES[file.pathname.slice(file.pathname.lastIndexOf('.'))],
    'content-security-policy': POLICY + trustedTypes,
    etag
  }
  if (status === 200 && isKnown(request.headers['if-none-match'], [etag]))
    return void response.writeHead(304, headers).end()
  response.writeHead(status, { ...headers, 'content-length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

async function bytesOf(file: URL): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
