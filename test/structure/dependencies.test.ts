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
  .filter((name) => /\.tsx?$/.test(name))

/** Files a file imports, types included: a type is knowledge too. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(
    (match) => sourceOf(normalize(join(dirname(file), match[1]!)))
  )

/** The file from which an imported one is made. */
function sourceOf(imported: string): string {
  const source = imported.replace(/\.js$/, '.ts')
  return files.includes(source) ? source : imported.replace(/\.js$/, '.tsx')
}

const graph = new Map(files.map((file) => [file, importsOf(file)]))

/** What a cell of the table means: paths and prefixes of paths from the root of the repository. */
function pathsOf(cell: string): string[] {
  return cell
    .replaceAll(
      /([^,\s]*)\{([^}]*)\}([^,\s]*)/g,
      (_, before: string, names: string, after: string) =>
        names
          .split(',')
          .map((name) => `${before}${name}${after}`)
          .join(', ')
    )
    .split(', ')
    .map((path) => `${normalize(join('src', path))}${path.endsWith('.ts') ? '' : '/'}`)
}

/** What each room may know, itself always: the table of src/README.md. */
const RULE: ReadonlyMap<string, readonly string[]> = new Map(
  readFileSync(join(ROOT, 'src', 'README.md'), 'utf8')
    .split(/<!-- (?:rule|end) -->/)[1]!
    .split('\n')
    .flatMap((line) => {
      const [, room, may] = /^\| (\S+) \| (.+) \|$/.exec(line) ?? []
      if (room === undefined || may === undefined || room === 'Room' || room === 'compose')
        return []
      return [[pathsOf(room)[0]!, may === 'nothing' ? [] : pathsOf(may)] as const]
    })
)

const pagedLength = (file: string): string | undefined =>
  [...RULE.keys()].find((prefix) => file.startsWith(prefix))

t.test('a row of the rule names rows above it alone', async (t) => {
  const rooms = [...RULE.keys()]
  for (const [room, allowed] of RULE)
    for (const path of allowed)
      t.ok(rooms.findIndex((one) => path.startsWith(one)) < rooms.indexOf(room), `${room} ${path}`)
})

t.test('what the rule allows is needed by some file of the room', async (t) => {
  t.ok(RULE.size > 15)
  for (const [room, allowed] of RULE) {
    const known = files.filter((file) => file.startsWith(room)).flatMap((file) => graph.get(file)!)
    t.same(
      allowed.filter((prefix) => !known.some((target) => target.startsWith(prefix))),
      [],
      room
    )
  }
})

t.test('every import goes the way the rule allows', async (t) => {
  for (const [file, imports] of graph) {
    const room = pagedLength(file)
    if (room === undefined) continue
    const wrong = imports.filter(
      (target) =>
        !target.startsWith(room) && !RULE.get(room)!.some((prefix) => target.startsWith(prefix))
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
    const outside = files.filter((file) => !isRoot(file) && pagedLength(file) === undefined)
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
