// Writes the man pages into dist/man. With --list it also brings `man` of package.json up to date.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { COMMANDS } from '../dist/src/cli/commands.js'
import { manPages } from '../dist/src/cli/man-pages.js'

const root = new URL('..', import.meta.url)
const folder = new URL('dist/man/', root)
const pages = manPages(COMMANDS)
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const { file, text } of pages) writeFileSync(new URL(file, folder), text)
if (process.argv.includes('--list')) {
  const path = new URL('package.json', root)
  const description = JSON.parse(readFileSync(path, 'utf8'))
  description.man = pages.map(({ file }) => `./dist/man/${file}`)
  writeFileSync(path, `${JSON.stringify(description, null, 2)}\n`)
}
