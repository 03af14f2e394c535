/** A Kubo repository on this machine, read in place; and sizes that are not what somebody says. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import { blockPath, openBlockFolder } from '../../backends/flatfs.js'
import { Cid } from '../../src/core/cid.js'
import { folderBlock, leafBlock } from '../support/blocks.js'
import { runProgram } from '../support/cli.js'
import { sh } from '../support/mount.js'
import { rawCid } from '../support/stores.js'
import { reads, same, Stage, skipWithoutKuboMount as skip, V1 } from '../support/stage.js'

const { signal } = new AbortController()

/** A repository that is read in place, and a folder that is asked after it. */
async function withSpare(t: Test) {
  const stage = await Stage.make(t)
  const { kit, kubo, folder } = stage
  await kit.ok('backend', 'update', 'node', '--repo', kubo.repo)
  const path = join(folder, 'spare')
  mkdirSync(path)
  await kit.ok('backend', 'add', 'spare', '--type', 'filesystem', '--path', path, '--priority', '200') // prettier-ignore
  const spare = facetOf(new FilesystemBackend('spare', path), 'blockWriter')
  return { stage, spare, blocks: openBlockFolder(join(kubo.repo, 'blocks'))! }
}

/** Many small files, in Kubo. */
async function addTree(stage: Stage, count: number): Promise<{ path: string; cid: string }> {
  const path = join(stage.folder, 'tree')
  mkdirSync(path, { recursive: true })
  for (let i = 0; i < count; i++)
    writeFileSync(join(path, `file ${i}`), randomBytes(1 + ((i * 7919) % 20_000)))
  return { path, cid: await stage.add(path, ...V1) }
}

t.test(
  'a listing tells the sizes of a foreign repository, and fetches no file',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const stage = await Stage.make(t)
    await stage.kit.ok('backend', 'update', 'node', '--repo', stage.kubo.repo)
    const tree = await addTree(stage, 500)
    const at = join(await stage.mount(t), 'ipfs', tree.cid)
    const sizes = 'cd "$1" && find . -type f -printf "%s %f\\n" | sort'
    t.equal(await sh(sizes, at), await sh(sizes, tree.path))
    t.ok((await stage.report()).fetch.fetched <= 3, 'the folder alone')
    await sh('diff -r "$1" "$2"', tree.path, at)
    t.equal(await sh(sizes, at), await sh(sizes, tree.path))
    const { fetched } = (await stage.report()).fetch
    t.ok(fetched >= 501 && fetched <= 505, `${fetched}: each once`)
    await stage.kit.ok('unmount', join(stage.folder, 'mnt'))
    await stage.kubo.kill()
    await stage.kit.ok('mount', join(stage.folder, 'mnt'))
    await sh('diff -r "$1" "$2"', tree.path, at)
  }
)

/** Reads a file in ways that ask the kernel for its size at different times, or never. */
const READER = `
import mmap, os, sys
path, ways = sys.argv[1], {}
def whole(fd):
    out = b""
    while part := os.read(fd, 1 << 16): out += part
    return out
fd = os.open(path, os.O_RDONLY); ways["read"] = whole(fd); os.close(fd)
fd = os.open(path, os.O_RDONLY); ways["end"] = os.pread(fd, os.lseek(fd, 0, os.SEEK_END), 0); os.close(fd)
fd = os.open(path, os.O_RDONLY); r, w = os.pipe(); out = b""
while n := os.sendfile(w, fd, len(out), 4096): out += os.read(r, n)
ways["sendfile"] = out; os.close(fd)
fd = os.open(path, os.O_RDONLY); ways["mmap"] = mmap.mmap(fd, 0, prot=mmap.PROT_READ)[:]; os.close(fd)
expected = open(sys.argv[2], "rb").read()
wrong = [f"{name} {len(got)}" for name, got in ways.items() if got != expected]
if os.stat(path).st_size != len(expected): wrong.append(f"stat {os.stat(path).st_size}")
sys.exit(", ".join(wrong))
`

/** @returns what was read wrong; empty where nothing was. */
const wrongWays = async (path: string, copy: string): Promise<string> =>
  (await runProgram('python3', ['-c', READER, path, copy])).stderr.trim()

t.test(
  'threats 19: what a folder says of sizes is never believed',
  { ...skip, timeout: 180_000 },
  async (t) => {
    const stage = await Stage.make(t)
    const { kit, kubo, folder } = stage
    const put = (block: Uint8Array, codec: string): Promise<string> =>
      kubo.ipfs(
        'block',
        'put',
        '--cid-codec',
        codec,
        '--allow-big-block',
        stage.file('block', block)
      )
    for (const repo of ['off', kubo.repo]) {
      await kit.ok('backend', 'update', 'node', '--repo', repo)
      for (const [mode, long] of [
        ['auto', 10],
        ['auto', 9000],
        ['auto', 200_000],
        ['none', 11]
      ] as const) {
        const leaf = leafBlock(`${mode} ${long} ${repo} `.padEnd(long, 'x').slice(0, long))
        await put(leaf.block, 'raw')
        const dirs = [0, 5, 11, 4096, 1_000_000].map((tsize) => folderBlock([{ name: 'f', cid: leaf.cid, tsize }, { name: 'g', cid: leaf.cid, tsize: 3 }])) // prettier-ignore
        for (const { block } of dirs) await put(block, 'dag-pb')
        const copy = stage.file('copy', leaf.block)
        const at = join(await stage.mount(t, '--open', mode), 'ipfs')
        for (const { cid } of dirs) {
          const dir = join(at, String(cid))
          t.equal(await sh('ls "$1" && tar cf - -C "$1" . | tar xOf - ./f | cmp - "$2"', dir, copy), 'f\ng\n') // prettier-ignore
          t.equal(await wrongWays(join(dir, 'f'), copy), '', `${repo} ${mode} ${long}`)
        }
        for (const { cid } of dirs) t.equal(await wrongWays(join(at, String(cid), 'g'), copy), '')
        await kit.ok('unmount', join(folder, 'mnt'))
      }
    }
  }
)

t.test(
  'threats 55: a file of a repository that was cut short is right once it is opened',
  { ...skip, timeout: 180_000 },
  async (t) => {
    const { stage, spare, blocks } = await withSpare(t)
    const { kit, folder } = stage
    const sizes = [1, 5000, 60_000, 200_000]
    for (const length of [0, 2, 4999, 100_000]) {
      const leaves = sizes.map((size) => randomBytes(size))
      const tree = join(folder, `tree ${length}`)
      mkdirSync(tree)
      for (const [i, leaf] of leaves.entries()) {
        writeFileSync(join(tree, `f${i}`), leaf)
        await spare.putBlock(rawCid(leaf), leaf, { signal })
      }
      const cid = await stage.add(tree, ...V1)
      for (const leaf of leaves) truncateSync(blockPath(blocks, rawCid(leaf)), length)
      const at = join(await stage.mount(t), 'ipfs', cid)
      const told = await sh('ls -l "$1"', at)
      t.equal(told.includes(` ${length} `), length > 0, 'a wrong size was told; of nothing, none')
      const all = sizes.flatMap((_, i) => [0, 1, 2].map(() => i))
      const wrong = await Promise.all(all.map((i) => wrongWays(join(at, `f${i}`), join(tree, `f${i}`)))) // prettier-ignore
      t.same(wrong, wrong.map(() => ''), `cut to ${length}: ${told}`) // prettier-ignore
      await sh('ls -l "$1" && diff -r "$1" "$2"', at, tree)
      await kit.ok('cache', 'clear')
      await sh('ls -l "$1" && diff -r "$1" "$2"', at, tree)
      await kit.ok('unmount', join(folder, 'mnt'))
    }
  }
)

t.test(
  'threats 47 and 55: a repository that is damaged, gone or not to be used',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const { stage, spare, blocks } = await withSpare(t)
    const { kit, kubo } = stage
    const small = async (name: string) => {
      const bytes = randomBytes(5000)
      const cid = await stage.add(stage.file(name, bytes), ...V1)
      return { bytes, cid, path: blockPath(blocks, Cid.parse(cid)) }
    }
    const [sound, damaged, gone, kept, offline] = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(small)) // prettier-ignore
    const other = readFileSync(damaged!.path)
    other[100]! ^= 1
    await spare.putBlock(Cid.parse(damaged!.cid), damaged!.bytes, { signal })
    writeFileSync(damaged!.path, other)
    const path = await stage.mount(t)
    const at = (one: { cid: string } | undefined): string => join(path, 'ipfs', one!.cid)
    t.ok(await same(at(sound), sound!.bytes))
    t.ok(await same(at(damaged), damaged!.bytes), 'from the other one')
    t.match(await kit.ok('metrics'), /backend_corrupt_total\{[^}]*node[^}]*\} [1-9]/, 'and counted')
    rmSync(gone!.path)
    await kubo.kill()
    t.not((await reads(at(gone))).code, 0, 'nobody knows')
    t.ok(await same(at(kept), kept!.bytes), 'a repository whose node does not run')
    await kit.ok('backend', 'rm', 'node')
    t.not((await reads(at(offline))).code, 0, 'nobody may read there any more')
    t.ok(await same(at(sound), sound!.bytes), 'what is here stays')
    await kit.ok('unmount', path)
    await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--api', kubo.apiUrl, '--repo', kubo.repo) // prettier-ignore
    await kit.ok('mount', path, '--offline')
    t.not((await reads(at(offline))).code, 0, 'offline')
    t.ok(await same(at(kept), kept!.bytes))
    const { stdout } = await runProgram('cat', [at(sound)])
    t.ok(sound!.bytes.equals(stdout))
  }
)
