/** Kubo and we agree: on every CID, in both profiles, and on archives both ways. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { Kit } from '../support/cli.js'
import { sh } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const RUNS = 8

/** Names and contents of the files of a folder, and of folders in it. */
const tree = fc.letrec<{ folder: Record<string, unknown>; entry: unknown }>((tie) => ({
  folder: fc.dictionary(fc.stringMatching(/^[a-z0-9äß ]{1,12}$/).filter((name) => name.trim() !== ''), tie('entry'), { maxKeys: 6 }), // prettier-ignore
  entry: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.record({ size: fc.oneof(fc.nat(3000), fc.integer({ min: 200_000, max: 2_500_000 })), seed: fc.nat(255) }), // prettier-ignore
    fc.record({ target: fc.constantFrom('a', '../b/c', '/etc/passwd') }),
    tie('folder')
  )
})).folder

function plant(path: string, folder: Record<string, unknown>): void {
  mkdirSync(path)
  for (const [name, entry] of Object.entries(folder)) {
    const at = join(path, name)
    const { size, seed, target } = entry as { size?: number; seed?: number; target?: string }
    if (typeof size === 'number' && typeof seed === 'number')
      writeFileSync(at, Buffer.alloc(size, `content ${seed} `))
    else if (typeof target === 'string') symlinkSync(target, at)
    else plant(at, entry as Record<string, unknown>)
  }
}

for (const [profile, kuboProfile] of [
  ['unixfs-v1-2025', 'test,unixfs-v1-2025'],
  ['unixfs-v0-2015', 'test,unixfs-v0-2015']
] as const)
  t.test(`the CIDs of Kubo, ${profile}`, { ...skipWithoutKubo, timeout: 300_000 }, async (t) => {
    const folder = tempFolder(t, 'parity')
    const kubo = await Kubo.init(folder, kuboProfile)
    const kit = new Kit(join(folder, 'home'))
    const agree = async (path: string): Promise<string> => {
      const ours = await kit.ok('add', '-Q', '--profile', profile, path)
      t.equal(ours, await kubo.ipfs('add', '-Q', '-r', path))
      return ours
    }
    let round = 0
    await fc.assert(
      fc.asyncProperty(tree, async (entries) => {
        const path = join(folder, `tree-${round++}`)
        plant(path, entries)
        await agree(path)
      }),
      { numRuns: RUNS }
    )
    const wide = join(folder, 'wide')
    mkdirSync(wide)
    for (let i = 0; i < 6000; i++) writeFileSync(join(wide, `entry number ${i}`), `${i % 90}`)
    const cid = await agree(wide)

    // Archives, both ways.
    const theirs = join(folder, 'theirs.car')
    const fresh = new Kit(join(folder, 'fresh'))
    writeFileSync(theirs, await kubo.bytes('dag', 'export', '--progress=false', cid))
    t.match(await fresh.ok('car', 'import', theirs), new RegExp(cid))
    await fresh.ok('get', cid, '-o', join(folder, 'out'))
    await sh('diff -r "$1" "$2"', wide, join(folder, 'out'))
    const ours = join(folder, 'ours.car')
    await kit.ok('car', 'export', cid, '-o', ours)
    mkdirSync(join(folder, 'other'))
    const other = await Kubo.init(join(folder, 'other'), kuboProfile)
    t.match(await other.ipfs('dag', 'import', ours), new RegExp(cid))
    t.match(
      await other.ipfs('ls', '--size=false', '--resolve-type=false', cid),
      /entry number 5999/
    )
  })
