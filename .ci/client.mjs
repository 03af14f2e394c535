// Writes the types of the API for src/client, from the schemas of the operations. The generator needs a
// TypeScript of its own, so it is no dependency.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import prettier from 'prettier'
import { openApi } from '../dist/src/api/openapi.js'

const HEAD =
  '/** Types of the API, generated from its schemas by `npm run client`; a test compares. */\n\n'

/** Returns the types as they stand in src/client/schema.ts. */
export async function clientTypes() {
  const folder = mkdtempSync(join(tmpdir(), 'ipfs-kit-client-'))
  try {
    const [document, output] = [join(folder, 'openapi.json'), join(folder, 'schema.ts')]
    writeFileSync(document, JSON.stringify(openApi()))
    const packages = ['-p', 'typescript@5.9.3', '-p', 'openapi-typescript@7.13.0']
    execFileSync('npx', ['-y', ...packages, 'openapi-typescript', document, '-o', output], {
      stdio: 'ignore'
    })
    const style = await prettier.resolveConfig(new URL('../src/client/schema.ts', import.meta.url))
    const text = readFileSync(output, 'utf8').replace(/^\/\*\*[\s\S]*?\*\/\s*/, '')
    return await prettier.format(HEAD + text, { ...style, parser: 'typescript' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1]?.endsWith('client.mjs'))
  writeFileSync(new URL('../src/client/schema.ts', import.meta.url), await clientTypes())
