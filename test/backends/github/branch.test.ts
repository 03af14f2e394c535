import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { facetOf } from '../../../backends/facets/facets.js'
import { readRange } from '../../../backends/files/read-range.js'
import { GithubBackend } from '../../../backends/github/backend.js'
import { backendSuite } from '../../contract/backend-suite.js'
import { wrap } from '../../../backends/wrap/index.js'
import { git, gitServer } from '../../servers/git.js'
import { ROOT } from '../../support/paths.js'
import { tempFolder } from '../../support/temp.js'

const cache = tempFolder(t, 'cache')
process.env.XDG_CACHE_HOME = cache
const { signal } = new AbortController()

const branchOf = (url: string, token?: string, branch = 'ipfs-kit'): GithubBackend =>
  new GithubBackend('hub', { store: 'branch', branch: { url, branch, token: () => token } })

backendSuite("a branch on git's own HTTP server", {}, async (t) => {
  const server = await gitServer(t, 'the-token')
  const backend = branchOf(server.url, 'the-token')
  return {
    backend,
    plant: (cid, block) => facetOf(backend, 'blockWriter').putBlock(cid, block, { signal }),
    plantFile: (name, bytes) => facetOf(backend, 'fileWriter').put(name, () => [bytes], { signal })
  }
})

const put = (backend: GithubBackend, name: string, text: string | Uint8Array): Promise<void> =>
  facetOf(backend, 'fileWriter').put(name, () => [Buffer.from(text)], { signal })

const textOf = async (backend: GithubBackend, name: string): Promise<string> =>
  Buffer.from(
    await readRange(facetOf(backend, 'fileReader'), name, { position: 0 }, 1 << 20, { signal })
  ).toString()

const opened = (t: Test, url: string, token?: string, branch?: string): GithubBackend => {
  const backend = branchOf(url, token, branch)
  t.teardown(() => backend.close())
  return backend
}

/** Commits a file to a branch, as somebody else does. @returns the commit. */
function commitAs(folder: string, branch: string, name: string, content: string): string {
  const here = (args: string[], input?: string): string =>
    git(['-C', folder, ...args], Buffer.from(input ?? ''))
      .toString()
      .trim()
  const blob = here(['hash-object', '-w', '--stdin'], content)
  const tree = here(['mktree'], `100644 blob ${blob}\t${name}\n`)
  const commit = here(['commit-tree', tree, '-m', 'by somebody else'])
  here(['update-ref', `refs/heads/${branch}`, commit])
  return commit
}

t.test('a path on this machine is a repository too, and its branch is made', async (t) => {
  const { folder } = await gitServer(t)
  const backend = opened(t, folder)
  t.match((await backend.health({ signal })).version, /branch ipfs-kit of .* is not there yet/)
  t.equal(await facetOf(backend, 'fileReader').stat('a', { signal }), undefined)
  await put(backend, 'cars/a.car', 'content')
  t.equal(git(['-C', folder, 'show', 'ipfs-kit:cars/a.car']).toString(), 'content')
  t.match((await backend.health({ signal })).version, /at [0-9a-f]{12}, 1 archives$/)
  const other = opened(t, `file://${folder}`)
  t.equal(await textOf(other, 'cars/a.car'), 'content')
})

t.test("somebody else's files and commits stay as they are", async (t) => {
  const { url, folder } = await gitServer(t)
  const first = commitAs(folder, 'main', 'README.md', 'theirs')
  const backend = opened(t, url, undefined, 'main')
  t.equal(await textOf(backend, 'README.md'), 'theirs')
  await put(backend, 'cars/a.car', 'ours')
  await facetOf(backend, 'fileWriter').remove('cars/a.car', { signal })
  t.equal(git(['-C', folder, 'show', 'main:README.md']).toString(), 'theirs')
  t.equal(git(['-C', folder, 'rev-parse', 'main~2']).toString().trim(), first)
  await t.rejects(put(backend, 'README.md/below', 'x'), { code: 'NOT_A_DIRECTORY' })
  t.equal(git(['-C', folder, 'show', 'main:README.md']).toString(), 'theirs')
})

t.test('two writers at once lose none of their files', async (t) => {
  const { url, folder } = await gitServer(t)
  const writers = [opened(t, url), opened(t, url)]
  await Promise.all(
    writers.map(async (writer, w) => {
      for (let i = 0; i < 6; i++)
        await Promise.all([put(writer, `w${w}/${i}`, `${w} ${i}`), put(writer, `w${w}/b${i}`, 'x')])
    })
  )
  const names = git(['-C', folder, 'ls-tree', '-r', '--name-only', 'ipfs-kit']).toString()
  t.equal(names.trim().split('\n').length, 24)
  t.equal(git(['-C', folder, 'rev-list', '--count', '--merges', 'ipfs-kit']).toString().trim(), '0')
})

t.test('many puts at once go in few commits', async (t) => {
  const { url, folder } = await gitServer(t)
  const backend = opened(t, url)
  await Promise.all(Array.from({ length: 40 }, (_, i) => put(backend, `many/${i}`, `${i}`)))
  const commits = Number(git(['-C', folder, 'rev-list', '--count', 'ipfs-kit']).toString())
  t.ok(commits < 10, `${commits} commits`)
})

t.test(
  'threats 53: killed in the middle of a push, the older file is there or the new one',
  async (t) => {
    const server = await gitServer(t)
    const backend = opened(t, server.url)
    await put(backend, 'file', 'older')
    const program = `
    import { randomBytes } from 'node:crypto'
    import { GithubBackend } from ${JSON.stringify(pathToFileURL(`${ROOT}dist/backends/github/backend.js`).href)}
    const branch = { url: ${JSON.stringify(server.url)}, branch: 'ipfs-kit', token: () => undefined }
    const backend = new GithubBackend('hub', { store: 'branch', branch })
    const content = () => [randomBytes(8 << 20)]
    await backend.facets.fileWriter.put('file', content, { signal: new AbortController().signal })
  `
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: 'ignore'
    })
    server.onPush = () => child.kill('SIGKILL')
    await once(child, 'exit')
    t.equal(child.signalCode, 'SIGKILL')
    while (server.running.size > 0) await Promise.all([...server.running].map((one) => once(one, 'close'))) // prettier-ignore
    const length = git(['-C', server.folder, 'cat-file', '-s', 'ipfs-kit:file']).toString().trim()
    t.ok(['5', String(8 << 20)].includes(length), length)
    await put(backend, 'file', 'newest')
    t.equal(git(['-C', server.folder, 'show', 'ipfs-kit:file']).toString(), 'newest')
  }
)

t.test('a server that is killed in the middle of a push has the older file', async (t) => {
  const server = await gitServer(t)
  const backend = opened(t, server.url)
  await put(backend, 'file', 'older')
  server.onPush = () => server.kill()
  await t.rejects(put(backend, 'file', randomBytes(4 << 20)), { code: 'BACKEND_UNAVAILABLE' })
  t.ok(git(['-C', server.folder, 'show', 'ipfs-kit:file']).equals(Buffer.from('older')))
  server.onPush = () => undefined
  await put(backend, 'file', 'newer')
  t.equal(git(['-C', server.folder, 'show', 'ipfs-kit:file']).toString(), 'newer')
})

t.test('threats 42: a server that stopped is TIMEOUT, and comes back', async (t) => {
  const server = await gitServer(t)
  await put(opened(t, server.url), 'file', 'content')
  const backend = branchOf(server.url)
  const wrapped = wrap(backend, 1000)
  t.teardown(() => backend.close())
  server.stop()
  await t.rejects(facetOf(wrapped, 'fileReader').stat('file', { signal }), { code: 'TIMEOUT' })
  server.resume()
  t.match(await facetOf(wrapped, 'fileReader').stat('file', { signal }), { size: 7 })
})

const basicOf = (token: string): string => Buffer.from(`x-access-token:${token}`).toString('base64')

/** What `ps` shows of all processes. */
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
      } catch {
        return []
      }
    })

t.test('a token is in no argument and no error, and a wrong one is CREDENTIALS', async (t) => {
  const server = await gitServer(t, 'right-secret')
  let looked = 0
  server.onPush = () => {
    for (const words of commandLines()) {
      if (words.includes('push')) looked++
      t.notOk(words.includes('right-secret') || words.includes(basicOf('right-secret')), words)
    }
  }
  await put(opened(t, server.url, 'right-secret'), 'a', 'b')
  t.ok(looked > 0, 'git was seen at its work')
  for (const token of ['wrong-secret', undefined]) {
    const error: unknown = await put(opened(t, server.url, token), 'a', 'b').catch(
      (e: unknown) => e
    )
    t.match(error, { code: 'CREDENTIALS' })
    const { message } = error as Error
    t.notOk(message.includes('wrong-secret') || message.includes(basicOf('wrong-secret')))
  }
})

t.test('a file that GitHub would refuse is refused with what to do', async (t) => {
  const { url } = await gitServer(t)
  const backend = opened(t, url)
  const piece = Buffer.alloc(8 << 20)
  const content = (): Uint8Array[] => Array.from({ length: 12 }, () => piece)
  await t.rejects(facetOf(backend, 'fileWriter').put('large', content, { signal }), {
    code: 'TOO_LARGE',
    message: /--store releases/
  })
})

t.test('what it keeps on this machine goes with it', async (t) => {
  const { url } = await gitServer(t)
  const folders = (): number => readdirSync(`${cache}/ipfs-kit/git`).length
  const before = folders()
  const backend = branchOf(url)
  await put(backend, 'a', 'b')
  t.equal(folders(), before + 1)
  await backend.close()
  t.equal(folders(), before)
})

t.test('counting archives and looking at one fetches none of them', async (t) => {
  const { url } = await gitServer(t)
  const kept = tempFolder(t, 'kept')
  const first = opened(t, url)
  first.keepIn(kept)
  const archive = randomBytes(300_000)
  for (const name of ['cars/a.car', 'cars/b.car', 'c.car']) await put(first, name, archive)
  await put(first, 'cars/other', 'no archive')
  // A line that was cut short says nothing.
  appendFileSync(join(kept, 'blob-sizes'), 'f'.repeat(40))
  await put(first, 'cars/d.car', 'another')
  await first.close()
  const before = new Set(readdirSync(`${cache}/ipfs-kit/git`))
  const second = opened(t, url)
  second.keepIn(kept)
  const reader = facetOf(second, 'fileReader')
  t.match((await second.health({ signal })).version, /, 4 archives$/)
  t.equal((await reader.stat('cars/a.car', { signal }))?.size, archive.length)
  t.equal((await reader.stat('cars/d.car', { signal }))?.size, 'another'.length)
  const clone = readdirSync(`${cache}/ipfs-kit/git`).find((name) => !before.has(name))!
  const objects = (): string =>
    git(['-C', `${cache}/ipfs-kit/git/${clone}`, 'cat-file', '--batch-all-objects', '--batch-check']).toString() // prettier-ignore
  t.match(objects(), / tree /)
  t.notMatch(objects(), / blob /, 'trees are here alone')
  // Who knows nothing of them fetches what is looked at.
  const stranger = opened(t, url)
  t.match((await stranger.health({ signal })).version, /, 4 archives$/)
  const found = await facetOf(stranger, 'fileReader').stat('c.car', { signal })
  t.equal(found?.size, archive.length)
})
