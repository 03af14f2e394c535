import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync, chmodSync, existsSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { renameByClaim, renameToNew, temporaryBeside } from '../../src/core/new-file.js'
import { removeTree } from '../../src/core/remove-tree.js'
import { tempFolder } from '../support/temp.js'

/** What may be made, and what may be in its way. */
const MADE: Readonly<Record<string, (path: string) => void>> = {
  'a file': (path) => writeFileSync(path, 'made'),
  'a folder': (path) => {
    mkdirSync(path)
    writeFileSync(join(path, 'in it'), 'made')
  },
  'an empty folder': (path) => mkdirSync(path),
  'a link': (path) => symlinkSync('made', path)
}

const describe = (path: string): string => {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return `-> ${readlinkSync(path)}`
  return stat.isDirectory() ? readdirSync(path).join() : readFileSync(path, 'utf8')
}

async function holds(
  t: Test,
  folder: string,
  rename: (from: string, to: string) => void,
  code: string
): Promise<void> {
  let names = 0
  for (const [what, make] of Object.entries(MADE)) {
    const out = join(folder, `out ${names++}`)
    const temporary = temporaryBeside(out)
    make(temporary)
    const before = describe(temporary)
    rename(temporary, out)
    t.equal(describe(out), before, `${what} has its name`)
    t.notOk(existsSync(temporary))
    for (const [other, makeOther] of Object.entries(MADE)) {
      const taken = join(folder, `taken ${names++}`)
      makeOther(taken)
      const [there, again] = [describe(taken), temporaryBeside(taken)]
      make(again)
      t.throws(() => rename(again, taken), { code }, `${what} where ${other} is`)
      t.equal(describe(taken), there, 'which stays as it was')
      t.equal(describe(again), before, 'as does what was made')
    }
  }
}

t.test('threats 67: a name that is taken is never replaced', (t) =>
  holds(t, tempFolder(t, 'new'), renameToNew, 'EXISTS')
)

t.test('threats 67: on file systems that know no flags of renames neither', (t) =>
  holds(t, tempFolder(t, 'new'), renameByClaim, 'EEXIST')
)

t.test('a tree is removed whatever the modes in it are, and no link is followed', async (t) => {
  const base = tempFolder(t, 'remove')
  const root = join(base, 'root')
  writeFileSync(join(base, 'other'), 'stays')
  for (const mode of [0o555, 0o400, 0]) {
    mkdirSync(join(root, 'a', 'b'), { recursive: true })
    writeFileSync(join(root, 'a', 'b', 'file'), 'x')
    symlinkSync(join(base, 'other'), join(root, 'a', 'link'))
    symlinkSync(base, join(root, 'a', 'folder'))
    for (const path of ['a/b/file', 'a/b', 'a', '']) chmodSync(join(root, path), mode)
    await removeTree(Buffer.from(root))
    t.notOk(existsSync(root))
  }
  t.equal(readFileSync(join(base, 'other'), 'utf8'), 'stays')
})
