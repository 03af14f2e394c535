/**
 * Random operations on a random tree, each done twice: on what a home shows, and on plain files
 * of the same content. Neither may tell what the other does not.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { Subject } from '../contract/vfs-suite.js'
import { errnoOf, SystemView, type Name, type View } from '../support/view.js'

const TREES = 6
const RUNS = 60

type Node =
  | { readonly kind: 'file'; readonly size: number; readonly seed: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder'; readonly entries: Readonly<Record<string, Node>> }

/** Sizes on both sides of where files are cut, and where they get a file of their own. */
const SIZES = [0, 1, 4095, 4096, 4097, 65_536, 65_537, 1_048_575, 1_048_576, 1_048_577, 2_500_000]

const nameOf = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
    fc.stringMatching(/^[a-z]{1,40}$/)
  )
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..')
  .filter((name) => Buffer.from(name).toString() === name)

const { folder: root } = fc.letrec<{ tree: Node; folder: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'medium' },
    fc.record({
      kind: fc.constant('file' as const),
      size: fc.oneof(fc.constantFrom(...SIZES), fc.nat(20_000)),
      seed: fc.nat(255)
    }),
    fc.record({
      kind: fc.constant('link' as const),
      target: fc.stringMatching(/^[a-z./]{1,30}$/)
    }),
    tie('folder')
  ),
  folder: fc.record({
    kind: fc.constant('folder' as const),
    entries: fc.dictionary(nameOf, tie('tree'), {
      minKeys: 2,
      maxKeys: 8,
      noNullPrototype: true
    })
  })
}))

/** Bytes that differ from place to place and from file to file. */
function bytesOf(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed) & 255
  return bytes
}

function plantNode(path: string, node: Node, paths: string[][], names: string[]): void {
  paths.push(names)
  if (node.kind === 'file') writeFileSync(path, bytesOf(node.size, node.seed))
  else if (node.kind === 'link') symlinkSync(node.target, path)
  else {
    mkdirSync(path)
    for (const [name, child] of Object.entries(node.entries))
      plantNode(join(path, name), child, paths, [...names, name])
  }
}

type Operation =
  | { readonly do: 'stat' | 'names' | 'readlink' | 'read'; readonly of: number }
  | { readonly do: 'read at'; readonly of: number; readonly from: number; readonly length: number }
  | { readonly do: 'missing'; readonly of: number; readonly name: string }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    do: fc.constantFrom('stat' as const, 'names' as const, 'readlink' as const, 'read' as const),
    of: fc.nat()
  }),
  fc.record({
    do: fc.constant('read at' as const),
    of: fc.nat(),
    from: fc.nat(3_000_000),
    length: fc.integer({ min: 1, max: 300_000 })
  }),
  fc.record({ do: fc.constant('missing' as const), of: fc.nat(), name: nameOf })
)

/** What an operation tells, as far as plain files and a mount should agree. */
function outcome(view: View, path: readonly Name[], operation: Operation): unknown {
  switch (operation.do) {
    case 'stat': {
      const { type, size } = view.stat(...path)
      return { type, size: type === 'directory' ? 0 : size }
    }
    case 'names':
      return view.names(...path).map((name) => name.toString('hex')).sort() // prettier-ignore
    case 'readlink':
      return view.readlink(...path).toString('hex')
    case 'read':
      return view.read(path).toString('base64')
    case 'read at':
      return view.read(path, operation.from, operation.length).toString('base64')
    case 'missing':
      return view.stat(...path, operation.name).type
  }
}

function told(view: View, path: readonly Name[], operation: Operation): string {
  let result: unknown
  const errno = errnoOf(() => (result = outcome(view, path, operation)))
  return JSON.stringify({ errno, result: result ?? null })
}

/** Symlinks are not followed by the VFS itself: what lies behind one is not asked for. */
const asksThrough = (type: string, operation: Operation): boolean =>
  type === 'symlink' && operation.do !== 'stat' && operation.do !== 'readlink'

export async function likeACopy(t: Test, subject: Subject, folder: string): Promise<void> {
  for (let run = 0; run < TREES; run++) {
    const [node] = fc.sample(root, { numRuns: 1, seed: 4000 + run })
    const copy = join(folder, `copy-${run}`)
    mkdirSync(copy)
    const paths: string[][] = []
    plantNode(join(copy, 'root'), node!, paths, [])
    const cid = await subject.kit.add(join(copy, 'root'))
    const plain = new SystemView(join(copy, 'root'))
    const asserted = (operations: readonly Operation[]): void => {
      const view = subject.view()
      for (const one of operations) {
        const path = paths[one.of % paths.length]!
        if (asksThrough(plain.stat(...path).type, one)) continue
        const expected = told(plain, path, one)
        const actual = told(view, ['ipfs', cid, ...path], one)
        if (actual !== expected)
          throw new Error(
            `${JSON.stringify({ path, one })}: ${actual.slice(0, 200)} where a copy says ${expected.slice(0, 200)}`
          )
      }
    }
    fc.assert(fc.property(fc.array(operation, { minLength: 1, maxLength: 30 }), asserted), {
      numRuns: RUNS
    })
    t.pass(`a tree of ${paths.length} entries`)
  }
}
