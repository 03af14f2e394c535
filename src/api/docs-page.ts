/** The page that shows the document of the API to people: files of this package alone, the same for everybody. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { HttpCall, HttpRoute } from '../http/http-call.js'

/** The build copies them here. */
const FOLDER = new URL('docs-page/', import.meta.url)

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types default dompurify'
].join('; ')

const FILES = [
  { path: '/docs', file: 'page.html', type: 'text/html; charset=utf-8' },
  { path: '/docs/page.js', file: 'page.js', type: 'text/javascript' },
  { path: '/docs/page.css', file: 'page.css', type: 'text/css' },
  { path: '/docs/swagger-ui-bundle.js', file: 'swagger-ui-bundle.js', type: 'text/javascript' },
  { path: '/docs/swagger-ui.css', file: 'swagger-ui.css', type: 'text/css' }
] as const

export const docsRoutes = (): HttpRoute[] =>
  FILES.map(({ path, file, type }) => ({
    methods: ['GET', 'HEAD'],
    path,
    access: 'open',
    answer: async (call) => await sendFile(call, new URL(file, FOLDER), type)
  }))

async function sendFile({ request, response }: HttpCall, file: URL, type: string): Promise<void> {
  const bytes = await readFile(file)
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`
  const headers = {
    'content-type': type,
    'content-security-policy': POLICY,
    'cache-control': 'no-cache',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    etag
  }
  const isKnown = request.headers['if-none-match'] === etag
  response.writeHead(isKnown ? 304 : 200, isKnown ? headers : { ...headers, 'content-length': bytes.length }) // prettier-ignore
  response.end(isKnown || request.method === 'HEAD' ? undefined : bytes)
}
