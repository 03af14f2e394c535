/**
 * Equal files are as many files, and equal folders as many folders, to every program that tells
 * files apart by their numbers or has the kernel do so. Each of these holds of plain files.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { runProgram } from '../support/cli.js'
import { GROUNDS, onGrounds, type Ground } from '../support/ground.js'
import { sh } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

/** Files of these paths, each with this text. */
function plant(folder: string, paths: readonly string[], text: string): string {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Two equal folders, and a third of another name with the same within, one level down. */
const plantTwins = (folder: string): string =>
  plant(folder, ['a/f', 'b/f', 'deep/er/c/f'], 'the same everywhere\n')

const withOneLink = (folder: string): Promise<string> =>
  sh('find "$1" -type f -links 1 | wc -l', folder).then((count) => count.trim())

t.test('threats 69: cp -r copies equal folders', (t) =>
  onGrounds(t, GROUNDS, async (t, { folder, show }) => {
    const source = plantTwins(join(folder, 'source'))
    const tree = await show(source)
    await t.test('given one by one', async (t) => {
      mkdirSync(join(folder, 'each'))
      await sh('cp -r "$1"/* "$2"', tree, join(folder, 'each'))
      await sh('diff -r "$1" "$2"', source, join(folder, 'each'))
      t.pass('and what comes out is what went in')
    })
    await t.test('within a tree', async (t) => {
      await sh('cp -r "$1" "$2"', tree, join(folder, 'whole'))
      await sh('diff -r "$1" "$2"', source, join(folder, 'whole'))
      t.pass('and what comes out is what went in')
    })
    await t.test('a hundred empty ones', async (t) => {
      const empties = join(folder, 'empties')
      for (let i = 0; i < 100; i++) mkdirSync(join(empties, `empty ${i}`), { recursive: true })
      mkdirSync(join(folder, 'hundred'))
      await sh('cp -r "$1"/* "$2"', await show(empties), join(folder, 'hundred'))
      t.equal(readdirSync(join(folder, 'hundred')).length, 100)
    })
  })
)

t.test('threats 69: equal files and folders have numbers of their own, and one link', (t) =>
  onGrounds(t, GROUNDS, async (t, { folder, show }) => {
    const tree = await show(plantTwins(join(folder, 'source')))
    const numbers = (await sh('find "$1" -printf "%i\\n"', tree)).trim().split('\n')
    t.equal(new Set(numbers).size, numbers.length)
    t.equal(await withOneLink(tree), '3')
  })
)

/** Write over one of two equal files, and take the other away, where a layer lies above the tree. */
async function changeTwins(t: Test, above: string): Promise<void> {
  t.same(readdirSync(above), ['a', 'b', 'deep'], 'both folders are listed')
  t.same(readdirSync(join(above, 'b')), ['f'])
  writeFileSync(join(above, 'a/f'), 'written\n')
  t.equal(readFileSync(join(above, 'b/f'), 'utf8'), 'the same everywhere\n')
  t.equal(readFileSync(join(above, 'deep/er/c/f'), 'utf8'), 'the same everywhere\n')
  t.equal(readFileSync(join(above, 'a/f'), 'utf8'), 'written\n')
  await sh('rm "$1"', join(above, 'b/f'))
  t.same(readdirSync(join(above, 'b')), [], 'the one is gone')
  t.equal(readFileSync(join(above, 'a/f'), 'utf8'), 'written\n', 'the other stays')
  await sh('rm -r "$1"', join(above, 'deep'))
  t.same(readdirSync(above), ['a', 'b'])
}

/** Make the folders of an overlay. @returns its options, and where it is to be. */
function overlayOf(folder: string, tree: string): { options: string; above: string } {
  const [upper, work, above] = ['upper', 'work', 'above'].map((name) => join(folder, name))
  for (const one of [upper!, work!, above!]) mkdirSync(one)
  return { options: `lowerdir=${tree},upperdir=${upper},workdir=${work}`, above: above! }
}

const LAYERS: readonly (readonly [string, string])[] = [
  ['overlayfs', 'mount -t overlay ipfs-kit-test -o "$1" "$2"'],
  ['fuse-overlayfs', 'fuse-overlayfs -o "$1" "$2"']
]
for (const [name, command] of LAYERS)
  t.test(`threats 69: ${name} above a tree changes the file written to and no equal one`, (t) =>
    onGrounds(t, GROUNDS, async (t, { folder, show }) => {
      const tree = await show(plantTwins(join(folder, 'source')))
      const { options, above } = overlayOf(folder, tree)
      await sh(command, options, above)
      // Teardowns run from the last to the first: the layer goes before what it lies on.
      t.teardown(() => sh('umount "$1"', above))
      await changeTwins(t, above)
    })
  )

t.test('threats 69: a lock on a file does not hold an equal one', (t) =>
  onGrounds(t, GROUNDS, async (t, { folder, show }) => {
    const tree = await show(plantTwins(join(folder, 'source')))
    const locked = async (other: string): Promise<number | null> => {
      const args = [join(tree, 'a/f'), 'flock', '--nonblock', join(tree, other), 'true']
      return (await runProgram('flock', args)).code
    }
    t.equal(await locked('a/f'), 1, 'the file itself is locked')
    t.equal(await locked('b/f'), 0)
    t.equal(await locked('deep/er/c/f'), 0)
  })
)

t.test('threats 69: tar -g of equal folders can be restored', (t) =>
  onGrounds(t, GROUNDS, async (t, { folder, show }) => {
    const source = plantTwins(join(folder, 'source'))
    const tree = await show(source)
    const archive = join(folder, 'incremental.tar')
    await sh('tar -C "$1" -g "$2" -cf "$3" .', tree, join(folder, 'snapshot'), archive)
    const restored = join(folder, 'restored')
    await sh('mkdir "$1" && tar -C "$1" -g /dev/null -xf "$2"', restored, archive)
    await sh('diff -r "$1" "$2"', source, restored)
    t.pass('and what comes out is what went in')
  })
)

t.test('threats 69: programs that look for equal files find them', (t) =>
  onGrounds(t, GROUNDS, async (t, { folder, show }) => {
    const five = ['1/one', '1/two', '2/three', '2/four', '3/five']
    const source = plant(join(folder, 'source'), five, 'found five times\n')
    plant(source, ['3/other'], 'something else \n')
    const tree = await show(source)
    await t.test('jdupes', async (t) => {
      const found = await sh('cd "$1" && jdupes -r -q .', tree)
      t.same(found.trim().split('\n').sort(), five.map((path) => `./${path}`).sort())
    })
    await t.test('rdfind', async (t) => {
      const results = join(folder, 'results')
      const said = await sh('rdfind -dryrun true -outputname "$2" "$1"', tree, results)
      t.match(said, /It seems like you have 5 files that are not unique/)
      const lines = readFileSync(results, 'utf8').split('\n')
      const paths = lines.filter((line) => line !== '' && !line.startsWith('#'))
      t.same(paths.map((line) => line.slice(line.indexOf(tree) + tree.length + 1)).sort(), [...five].sort()) // prettier-ignore
    })
  })
)

t.test('threats 69: copies of equal files are files of their own, no hard links', (t) =>
  onGrounds(t, GROUNDS, async (t, { folder, show }) => {
    const source = plantTwins(join(folder, 'source'))
    const tree = await show(source)
    const holdsThree = async (t: Test, copy: string): Promise<void> => {
      await sh('diff -r "$1" "$2"', source, copy)
      t.equal(await withOneLink(copy), '3')
    }
    await t.test('cp -aL', async (t) => {
      const copy = join(folder, 'copy')
      await sh('cp -aL "$1" "$2"', tree, copy)
      await holdsThree(t, copy)
    })
    await t.test('mksquashfs, then unsquashfs', async (t) => {
      const image = join(folder, 'image')
      const unpacked = join(folder, 'unpacked')
      await sh('mksquashfs "$1" "$2" -quiet -no-progress', tree, image)
      await sh('unsquashfs -quiet -no-progress -d "$2" "$1"', image, unpacked)
      await holdsThree(t, unpacked)
    })
    await t.test('tar', async (t) => {
      const unpacked = join(folder, 'untarred')
      await sh('mkdir "$2" && tar -C "$1" -c . | tar -C "$2" -x', tree, unpacked)
      await holdsThree(t, unpacked)
    })
  })
)

t.test('threats 69: two copies of one shared library are two libraries', (t) => {
  const built = tempFolder(t, 'library')
  const code = 'static int times; int next(void) { return ++times; }'
  return onGrounds(t, GROUNDS, (t, ground) => loadsTwo(t, ground, built, code))
})

async function loadsTwo(t: Test, ground: Ground, built: string, code: string): Promise<void> {
  const library = join(built, 'counter.so')
  writeFileSync(join(built, 'counter.c'), code)
  await sh('cc -shared -fPIC -nostdlib -o "$1" "$2"', library, join(built, 'counter.c'))
  const source = join(ground.folder, 'source')
  for (const copy of ['one', 'two']) cpSync(library, join(source, copy, 'counter.so'))
  const tree = await ground.show(source)
  const python = [
    'import ctypes, sys',
    'one, two = [ctypes.CDLL(f"{sys.argv[1]}/{copy}/counter.so") for copy in ("one", "two")]',
    'print(one.next(), one.next(), two.next())'
  ].join('\n')
  t.equal(await sh('python3 -c "$1" "$2"', python, tree), '1 2 1\n')
  t.equal(statSync(join(tree, 'one/counter.so')).size, statSync(library).size)
}
