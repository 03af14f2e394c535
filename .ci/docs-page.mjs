// Copies what the page of the API's document consists of beside the routes that send it.
import { copyFileSync, mkdirSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const from = (folder, ...files) => files.map((file) => new URL(folder + file, root))
const target = new URL('dist/src/api/docs-page/', root)
mkdirSync(target, { recursive: true })
for (const file of [
  ...from('src/api/docs-page/', 'page.html', 'page.js', 'page.css'),
  ...from('node_modules/swagger-ui-dist/', 'swagger-ui-bundle.js', 'swagger-ui.css', 'swagger-ui-bundle.js.LICENSE.txt', 'LICENSE', 'NOTICE') // prettier-ignore
])
  copyFileSync(file, new URL(file.pathname.split('/').at(-1), target))
