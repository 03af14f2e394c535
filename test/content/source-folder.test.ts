/** Folders whose owner exchanges what is in them while they are added. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Adder } from '../../src/content/adder.js'
import { NodeWriter } from '../../src/content/node-writer.js'
import { PROFILES } from '../../src/content/profile.js'
import { HashOnlySink } from '../../src/content/hash-only-sink.js'
import { utf8 } from '../../src/core/bytes.js'
import { tempFolder } from '../support/temp.js'

const [profile] = Object.values(PROFILES)

/** Adds a folder; `meanwhile` runs when its first file was added. @returns the CID. */
async function added(folder: string, meanwhile: () => void = () => undefined): Promise<string> {
  let isFirst = true
  const adder = new Adder(new NodeWriter(new HashOnlySink(), profile!), {
    hidden: false,
    preserveMode: false,
    preserveMtime: false,
    signal: new AbortController().signal,
    onBytes: () => undefined,
    onEntry: () => {
      if (isFirst) meanwhile()
      isFirst = false
    }
  })
  return String((await adder.addPath(utf8(folder), utf8('x'))).cid)
}

/** A folder of somebody else with two files and a folder, beside a secret. */
function stage(t: Test): { folder: string; secret: string; secrets: string } {
  const base = tempFolder(t, 'source')
  const [folder, secrets] = [join(base, 'folder'), join(base, 'secrets')]
  mkdirSync(join(folder, 'inner'), { recursive: true })
  mkdirSync(secrets)
  const secret = join(secrets, 'secret')
  for (const path of [
    join(folder, 'a'),
    join(folder, 'b'),
    join(folder, 'inner', 'secret'),
    secret
  ])
    writeFileSync(path, `content of ${path}`)
  // What others may exchange is watched closer: here everybody may.
  chmodSync(folder, 0o777)
  return { folder, secret, secrets }
}

const isRoot = process.getuid?.() === 0

type Stage = ReturnType<typeof stage>

/** What takes the place of the second file. */
const INSTEAD: Readonly<Record<string, (at: string, stage: Stage) => void>> = {
  'a link to a file': (at, { secret }) => symlinkSync(secret, at),
  'a link to a folder': (at, { secrets }) => symlinkSync(secrets, at),
  'a link to a device': (at) => symlinkSync('/dev/zero', at),
  'a link to itself': (at) => symlinkSync('b', at),
  'a pipe': (at) => void execFileSync('mkfifo', [at]),
  'a folder': (at) => mkdirSync(at),
  'a hard link to another file': (at, { secret }) => linkSync(secret, at),
  'another file': (at, { secret }) => renameSync(secret, at),
  ...(isRoot ? { 'a device': (at) => void execFileSync('mknod', [at, 'c', '1', '5']) } : {})
}

for (const [what, put] of Object.entries(INSTEAD))
  t.test(`threats 66: a file becomes ${what} after it was listed`, async (t) => {
    const on = stage(t)
    const at = join(on.folder, 'b')
    const adding = added(on.folder, () => {
      rmSync(at)
      put(at, on)
    })
    await t.rejects(adding, { code: 'STALE', message: /b was exchanged for something else/ })
  })

t.test('threats 66: a file becomes a socket after it was listed', async (t) => {
  const { folder } = stage(t)
  const at = join(folder, 'b')
  const server = createServer()
  t.teardown(() => server.close())
  const adding = added(folder, () => {
    rmSync(at)
    server.listen(at)
  })
  await t.rejects(adding, { code: 'STALE' })
})

for (const [what, put] of Object.entries({
  'a link to another': (at: string, { secrets }: Stage) => symlinkSync(secrets, at),
  'a file': (at: string) => writeFileSync(at, 'x'),
  'a pipe': (at: string) => void execFileSync('mkfifo', [at]),
  'another folder': (at: string) => mkdirSync(at)
}))
  t.test(`threats 66: a folder becomes ${what} after it was listed`, async (t) => {
    const on = stage(t)
    const at = join(on.folder, 'inner')
    const adding = added(on.folder, () => {
      renameSync(at, join(on.folder, '..', 'away'))
      put(at, on)
    })
    await t.rejects(adding, { code: 'STALE', message: /inner was exchanged/ })
  })

t.test('threats 66: a folder on the way that becomes a link is walked where it was', async (t) => {
  const { folder, secrets } = stage(t)
  const before = await added(folder)
  writeFileSync(join(secrets, 'b'), 'secret')
  const meanwhile = (): void => {
    renameSync(folder, `${folder}.moved`)
    symlinkSync(secrets, folder)
  }
  t.equal(await added(folder, meanwhile), before)
})

t.test('a file of a folder that nobody else can change may be replaced meanwhile', async (t) => {
  const { folder } = stage(t)
  chmodSync(folder, 0o755)
  const adding = added(folder, () => {
    writeFileSync(join(folder, 'new'), 'newer')
    renameSync(join(folder, 'new'), join(folder, 'b'))
  })
  await t.resolves(adding)
})

t.test(
  'threats 66: a folder of another user counts as changeable',
  { skip: isRoot ? false : 'needs root' },
  async (t) => {
    const { folder, secret } = stage(t)
    chmodSync(folder, 0o755)
    chownSync(folder, 12345, 12345)
    const adding = added(folder, () => {
      rmSync(join(folder, 'b'))
      linkSync(secret, join(folder, 'b'))
    })
    await t.rejects(adding, { code: 'STALE' })
  }
)
