/** What is generated of the clients for other languages is that of the schemas. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from '../support/paths.js'

t.test('the clients are those of the schemas', async (t) => {
  const made = (await import(join(ROOT, '.ci/sdks.mjs'))) as { sdks(): Map<string, string> }
  for (const [file, text] of made.sdks())
    t.ok(readFileSync(join(ROOT, file), 'utf8') === text, `bring ${file} up to date with \`npm run client\``) // prettier-ignore
})
