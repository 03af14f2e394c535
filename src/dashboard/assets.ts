/** The files of the page, which the build makes: a document, a script and a style. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { KitError, systemCode } from '../core/errors.js'
import type { HttpCall } from '../http/http-call.js'

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
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache'
}

const FOLDER = new URL('page/', import.meta.url)

/** Where the page is; its files are below. */
export const PAGE = '/dashboard/'

/** Names of files, none of which leads elsewhere. */
const NAME = /^[a-z-]+\.(?:html|js|css|svg)$/

/** @throws PATH_NOT_FOUND. */
export async function sendAsset(
  { request, response, path }: HttpCall,
  name = path.slice(PAGE.length) || 'index.html',
  status = 200
): Promise<void> {
  const bytes = NAME.test(name) ? await bytesOf(name) : undefined
  if (bytes === undefined) throw new KitError('PATH_NOT_FOUND', `there is nothing at ${path}`)
  const type = TYPES[name.slice(name.lastIndexOf('.'))]!
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  const headers = { ...HEADERS, 'content-type': type, etag }
  if (status === 200 && request.headers['if-none-match'] === etag)
    return void response.writeHead(304, headers).end()
  response.writeHead(status, { ...headers, 'content-length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

async function bytesOf(name: string): Promise<Buffer | undefined> {
  try {
    return await readFile(new URL(name, FOLDER))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
