/** A file in an archive on a backend, read through the mount: as one stream, and past what is damaged. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { storedBlocks } from '../../src/content/archive-blocks.js'
import { carArchive } from '../../src/content/car-archive.js'
import { Cid } from '../../src/core/cid.js'
import { StoreReader } from '../../src/store/reader.js'
import { Kit } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const SIZE = 48 << 20

interface Metrics {
  readonly remote: { readonly backends: readonly { readonly name: string; readonly requests: number; readonly bytes: number; readonly corrupt: number }[] } // prettier-ignore
}

/** A file, and its archive as it would lie on a backend. */
async function archived(folder: string) {
  const content = randomBytes(SIZE)
  writeFileSync(join(folder, 'file'), content)
  const source = new Kit(join(folder, 'source'))
  const root = await source.add(join(folder, 'file'))
  const store = new StoreReader(source.home)
  const { signal } = new AbortController()
  const pieces: Uint8Array[] = []
  const archive = await carArchive(Cid.parse(root), storedBlocks(store), { signal })
  for await (const piece of archive.content()) pieces.push(piece)
  store.close()
  return { root, content, car: Buffer.concat(pieces) }
}

/** A mount whose only content lies on the backends: folders with these archives, the first asked first. */
async function mountOver(t: Test, folder: string, root: string, cars: readonly Buffer[]) {
  const kit = new Kit(join(folder, 'home'))
  for (const [i, car] of cars.entries()) {
    const disk = join(folder, `disk${i}`)
    mkdirSync(join(disk, 'cars'), { recursive: true })
    writeFileSync(join(disk, 'cars', `${root}.car`), car)
    await kit.ok('backend', 'add', `disk${i}`, '--type', 'filesystem', '--path', disk, '--priority', String(i)) // prettier-ignore
  }
  return { kit, path: join(await mounted(t, kit, folder), 'ipfs', root) }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

t.test(
  'a file is read as one stream of its archive',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    // prettier-ignore
    const folder = tempFolder(t, 'archived')
    const { root, content, car } = await archived(folder)
    const { kit, path } = await mountOver(t, folder, root, [car])
    t.match(await sh('sha256sum < "$1"', path), hashOf(content))
    const [disk] = (await kit.json<Metrics>('metrics')).remote.backends
    t.ok(disk!.requests < 24, `${disk!.requests} requests for 48 blocks`)
    t.ok(disk!.bytes < SIZE * 1.2, `${disk!.bytes} bytes`)
  }
)

t.test(
  'threats 1: where an archive is damaged, blocks come from another copy',
  { ...skipWithoutMount, timeout: 120_000 },
  async (t) => {
    // prettier-ignore
    const folder = tempFolder(t, 'archived')
    const { root, content, car } = await archived(folder)
    const bad = Buffer.from(car)
    bad[bad.indexOf(content.subarray(30 << 20, (30 << 20) + 64)) + 1000]! ^= 1
    const { kit, path } = await mountOver(t, folder, root, [bad, car])
    t.match(await sh('sha256sum < "$1"', path), hashOf(content))
    const { backends } = (await kit.json<Metrics>('metrics')).remote
    t.ok(backends.some(({ name, corrupt }) => name === 'disk0' && corrupt > 0))
    t.ok(readFileSync(path).equals(content), 'and again')
  }
)
