// Builds the dashboard's page into dist: one script, one style, and what is served as it is.
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url)
const from = new URL('src/dashboard/page/', root)
const to = new URL('dist/src/dashboard/page/', root)
mkdirSync(to, { recursive: true })
for (const name of readdirSync(from))
  if (/\.(?:html|svg)$/.test(name)) cpSync(new URL(name, from), new URL(name, to))
await build({
  entryPoints: [fileURLToPath(new URL('main.tsx', from))],
  outdir: fileURLToPath(to),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'eof',
  logLevel: 'warning'
})
