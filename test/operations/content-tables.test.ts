/** Tables of content: their versions say all that their rows depend on. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { makeServices } from '../../src/compose/services.js'
import { kitSettings } from '../../src/library/kit.js'
import { contentTable } from '../../src/operations/content-tables.js'
import type { Run } from '../../src/operations/run.js'
import { withContent } from '../../src/operations/with-content.js'
import type { TableSource } from '../../src/query/ports.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const folder = tempFolder(t, 'content-tables')
const kit = new Kit(join(folder, 'home'))
const run: Run = { signal: new AbortController().signal, progress: () => undefined, warn: () => undefined } // prettier-ignore

let count = 0
/** Adds a folder with some files. @returns its CID. */
async function added(files: Readonly<Record<string, string>>): Promise<string> {
  const own = join(folder, `tree-${++count}`)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(own, path)), { recursive: true })
    writeFileSync(join(own, path), text)
  }
  return await kit.ok('add', '-Q', own)
}

/** Returns the table of a pattern below a folder, under one name for all. */
function table(cid: string, pattern: string): Promise<TableSource> {
  const { fetching, pinPolicy } = kitSettings({ home: kit.home })
  const services = makeServices(kit.home, fetching, pinPolicy)
  return withContent(services, run, true, (view) =>
    contentTable(`/ipfs/${cid}/${pattern}`, {
      services,
      view,
      folder,
      run,
      sql: undefined as never
    })
  )
}

const versionOf = async (files: Readonly<Record<string, string>>): Promise<string> =>
  (await table(await added(files), '**/*')).version!

t.test('a version tells values of folders and formats apart, and no other names', async (t) => {
  const one = await versionOf({ 'year=2023/a.csv': 'v\n1\n' })
  t.not(await versionOf({ 'year=2024/a.csv': 'v\n1\n' }), one)
  t.not(await versionOf({ 'month=2023/a.csv': 'v\n1\n' }), one)
  t.equal(await versionOf({ 'year=2023/b.csv': 'v\n1\n' }), one)
  const flat = await versionOf({ 'x/a.csv': 'v\n1\n' })
  t.equal(await versionOf({ 'y/b.csv': 'v\n1\n' }), flat)
  t.not(await versionOf({ 'x/a.ndjson': 'v\n1\n' }), flat)
  t.not(await versionOf({ 'x/a.csv': 'v\n2\n' }), flat)
})

t.test('a file to which several ** lead is there once', async (t) => {
  const cid = await added({ 'a/b/x.csv': 'v\n1\n', 'a/y.csv': 'v\n2\n', 'c/x.csv': 'v\n3\n' })
  const { paths } = await table(cid, '**/**/*.csv')
  t.same(
    paths,
    ['a/y.csv', 'a/b/x.csv', 'c/x.csv'].map((path) => `/ipfs/${cid}/${path}`)
  )
})
