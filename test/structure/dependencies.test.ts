/** The dependency rule of src/README.md, and no cycles: read from the imports themselves. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { ROOT } from '../support/paths.js'

const files = ['src', 'vfs', 'backends']
  .flatMap((top) =>
    readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(top, name)
    )
  )
  .filter((name) => name.endsWith('.ts'))

/** Files a file imports, types included: a type is knowledge too. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(
    (match) => normalize(join(dirname(file), match[1]!)).replace(/\.js$/, '.ts')
  )

const graph = new Map(files.map((file) => [file, importsOf(file)]))

/** What each room may know, as prefixes of paths; itself always. The table of src/README.md says it in words. */
const RULE: Readonly<Record<string, readonly string[]>> = {
  'src/core/': [],
  'src/config/': ['src/core/', 'src/content/profile.ts'],
  'src/formats/': ['src/core/'],
  'src/store/': ['src/core/', 'src/formats/'],
  'src/content/': ['src/core/', 'src/formats/', 'src/store/ports.ts'],
  'src/cache/': ['src/core/', 'src/formats/', 'src/store/ports.ts', 'src/store/record.ts'],
  'src/names/': ['src/core/', 'src/formats/', 'vfs/ports.ts'],
  'backends/': ['src/core/', 'src/formats/'],
  'src/fetch/': [
    'src/core/',
    'src/formats/',
    'src/content/',
    'src/names/names.ts',
    'src/store/ports.ts',
    'src/cache/builds.ts',
    'src/cache/cache.ts',
    'src/cache/cache-lock.ts',
    'src/cache/origin.ts',
    'backends/facets/facets.ts',
    'backends/configured.ts',
    'backends/flatfs.ts',
    'backends/wrap/metered.ts'
  ],
  'vfs/': ['src/core/'],
  'src/mount/': ['src/core/', 'vfs/'],
  'src/operations/': [
    'src/core/',
    'src/formats/',
    'src/config/',
    'src/content/',
    'src/store/',
    'src/cache/cache.ts',
    'src/fetch/settings.ts',
    'src/fetch/upstream-content.ts',
    'src/mount/driver.ts',
    'backends/'
  ],
  'src/service/': [
    'src/core/',
    'src/config/config.ts',
    'src/store/',
    'src/fetch/',
    'src/names/names.ts',
    'src/mount/',
    'src/operations/',
    'vfs/ports.ts'
  ],
  'src/library/': ['src/core/', 'src/config/', 'src/operations/'],
  'src/cli/': [
    'src/core/',
    'src/config/',
    'src/operations/',
    'backends/options.ts',
    'backends/registry.ts'
  ]
}

t.test('every import goes the way the rule allows', async (t) => {
  for (const [file, imports] of graph) {
    const room = Object.keys(RULE).find((prefix) => file.startsWith(prefix))
    if (room === undefined) continue
    const wrong = imports.filter(
      (target) =>
        !target.startsWith(room) && !RULE[room]!.some((prefix) => target.startsWith(prefix))
    )
    t.same(wrong, [], file)
  }
})

t.test(
  'only main and index know the composition roots, and only they stand outside the rooms',
  async (t) => {
    const isRoot = (path: string): boolean => path.startsWith('src/compose/')
    const importers = files.filter((file) => !isRoot(file) && graph.get(file)!.some(isRoot))
    t.same(importers, ['src/index.ts', 'src/main.ts'])
    const outside = files.filter(
      (file) => !isRoot(file) && !Object.keys(RULE).some((prefix) => file.startsWith(prefix))
    )
    t.same(outside, ['src/index.ts', 'src/main.ts'])
  }
)

t.test('no file imports itself through others', async (t) => {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      t.fail(`circle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`)
      return
    }
    if (done.has(file)) return
    for (const target of graph.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  t.equal(done.size, files.length)
})

t.test('every import leads to a file that exists', async (t) => {
  for (const [file, imports] of graph)
    for (const target of imports) t.ok(graph.has(target), `${file} → ${target}`)
})
