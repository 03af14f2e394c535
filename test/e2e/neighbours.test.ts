/** A Kubo repository on this machine, read in place; and folders that say how large their files are. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import { blockPath, openBlockFolder } from '../../backends/flatfs.js'
import { Cid } from '../../src/core/cid.js'
import { folderBlock, leafBlock } from '../support/blocks.js'
import { runProgram } from '../support/cli.js'
import { sh } from '../support/mount.js'
import { reads, same, Stage, skipWithoutKuboMount as skip, V1 } from '../support/stage.js'

/** Many small files, in Kubo. */
async function addTree(stage: Stage, count: number): Promise<{ path: string; cid: string }> {
  const path = join(stage.folder, 'tree')
  mkdirSync(path, { recursive: true })
  for (let i = 0; i < count; i++)
    writeFileSync(join(path, `file ${i}`), randomBytes(1 + ((i * 7919) % 20_000)))
  return { path, cid: await stage.add(path, ...V1) }
}

for (const [name, ...options] of [['by RPC', '--repo', 'off'], ['by its repository']] as const)
  t.test(
    `a listing tells sizes and fetches no file, ${name}`,
    { ...skip, timeout: 120_000 },
    async (t) => {
      const stage = await Stage.make(t, ...options)
      if (options.length === 0)
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

t.test(
  'a folder that lies about sizes is right once a file is opened',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const stage = await Stage.make(t, '--repo', 'off')
    const { kit, kubo, folder } = stage
    const put = async (block: Uint8Array, codec: string): Promise<void> => {
      const args = ['block', 'put', '--cid-codec', codec, '--allow-big-block', stage.file('block', block)] // prettier-ignore
      await kubo.ipfs(...args)
    }
    const claims = [0, 1, 5, 10, 11, 4096, 1_000_000, 2 ** 40]
    for (const [mode, long] of [
      ['auto', 10],
      ['auto', 9000],
      ['none', 11]
    ] as const) {
      const leaves = claims.map((tsize) => ({ tsize, ...leafBlock(`${mode} ${long} ${tsize} `.padEnd(long, 'x')) })) // prettier-ignore
      for (const { block } of leaves) await put(block, 'raw')
      const dir = folderBlock(leaves.map(({ cid, tsize }) => ({ name: `f${tsize}`, cid, tsize })))
      await put(dir.block, 'dag-pb')
      const at = join(await stage.mount(t, '--open', mode), 'ipfs', String(dir.cid))
      t.equal((await sh('ls -l "$1" | tail -n +2 | wc -l', at)).trim(), `${claims.length}`)
      await Promise.all(
        leaves.map(async ({ tsize, block }) => {
          const path = join(at, `f${tsize}`)
          for (const script of ['cat "$1"', 'tail -c 5000 "$1"', 'cp "$1" "$2"; cat "$2"', 'cat < "$1"'])
          t.equal(await sh(script, path, join(folder, `copy ${tsize}`)), block.toString().slice(script.startsWith('tail') ? -5000 : 0), `${mode} ${tsize}: ${script}`) // prettier-ignore
          t.equal(await sh('stat -c %s "$1"', path), `${block.length}\n`)
        })
      )
      await sh('cd "$1" && tar cf "$2" . && tar df "$2"', at, join(folder, 'tar'))
      await kit.ok('unmount', join(folder, 'mnt'))
    }
  }
)

t.test(
  'a repository that is damaged, gone or not to be used',
  { ...skip, timeout: 120_000 },
  async (t) => {
    const stage = await Stage.make(t)
    const { kit, kubo, folder } = stage
    await kit.ok('backend', 'update', 'node', '--repo', kubo.repo)
    const spare = join(folder, 'spare')
    mkdirSync(spare)
    await kit.ok('backend', 'add', 'spare', '--type', 'filesystem', '--path', spare, '--priority', '200') // prettier-ignore
    const blocks = openBlockFolder(join(kubo.repo, 'blocks'))!
    const small = async (name: string) => {
      const bytes = randomBytes(5000)
      const cid = await stage.add(stage.file(name, bytes), ...V1)
      return { bytes, cid, path: blockPath(blocks, Cid.parse(cid)) }
    }
    const [sound, damaged, gone, kept, offline] = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(small)) // prettier-ignore
    const other = readFileSync(damaged!.path)
    other[100]! ^= 1
    const { signal } = new AbortController()
    await new FilesystemBackend('spare', spare).putBlock(Cid.parse(damaged!.cid), damaged!.bytes, { signal }) // prettier-ignore
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
