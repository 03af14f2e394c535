/** The page that shows the document of the API to people: files of this package alone, the same for everybody. */
import type { HttpRoute } from '../http/http-call.js'
import { sendPageFile } from '../http/page-file.js'

/** The build copies them here. */
const FOLDER = new URL('docs-page/', import.meta.url)

/** That of the page, which lets plain formatting through, and the one that Swagger UI brings. */
const TRUSTED_TYPES = 'default dompurify'

const FILES = [
  { path: '/docs', file: 'page.html' },
  { path: '/docs/page.js', file: 'page.js' },
  { path: '/docs/page.css', file: 'page.css' },
  { path: '/docs/swagger-ui-bundle.js', file: 'swagger-ui-bundle.js' },
  { path: '/docs/swagger-ui.css', file: 'swagger-ui.css' }
] as const

export const docsRoutes = (): HttpRoute[] =>
  FILES.map(({ path, file }) => ({
    methods: ['GET', 'HEAD'],
    path,
    access: 'open',
    answer: async (call) => await sendPageFile(call, new URL(file, FOLDER), TRUSTED_TYPES)
  }))
