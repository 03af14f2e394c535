import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { facetOf } from '../../backends/facets/facets.js'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import { SshfsBackend } from '../../backends/sshfs/backend.js'
import { completeSshfs, sshfsOptions } from '../../backends/sshfs/options.js'
import { wrap } from '../../backends/wrap/index.js'
import { isKitError } from '../../src/core/errors.js'
import { backendSuite } from '../contract/backend-suite.js'
import { rawCid } from '../contract/facet-proofs.js'
import { OpenSsh } from '../servers/openssh.js'
import { skipWithoutSshfs, Sshfs } from '../servers/sshfs.js'
import { ROOT } from '../support/paths.js'
import { leaveUpload } from '../support/leftovers.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()

interface Mounted {
  readonly server: OpenSsh
  readonly sshfs: Sshfs
  /** The folder on the server. */
  readonly files: string
}

async function mounted(t: Test): Promise<Mounted> {
  const folder = tempFolder(t, 'sshfs')
  const server = await OpenSsh.start(t, join(folder, 'server'))
  const files = join(folder, 'files')
  mkdirSync(files)
  return { server, files, sshfs: await Sshfs.mount(t, server, files, join(folder, 'mount')) }
}

const backendAt = (path: string): SshfsBackend =>
  new SshfsBackend('box', sshfsOptions(completeSshfs({ path: [path] })))

backendSuite('a mount of sshfs', skipWithoutSshfs, async (t) => {
  const { server, sshfs, files } = await mounted(t)
  const writable = backendAt(sshfs.point)
  t.teardown(() => writable.close())
  return {
    backend: backendAt(sshfs.point),
    plant: (cid, block) => facetOf(writable, 'blockWriter').putBlock(cid, block, { signal }),
    plantFile: (name, bytes) => {
      mkdirSync(dirname(join(files, name)), { recursive: true })
      writeFileSync(join(files, name), bytes)
      return Promise.resolve()
    },
    leave: (at) => void leaveUpload(sshfs.point, at, 'cars/a.car'),
    stop: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT')
  }
})

t.test(
  'threats 97: an empty folder below is not taken for the mount',
  skipWithoutSshfs,
  async (t) => {
    const { sshfs, files } = await mounted(t)
    const backend = backendAt(sshfs.point)
    t.teardown(() => backend.close())
    const block = Buffer.from('it lies on the mount')
    const blocks = facetOf(backend, 'blockWriter')
    await blocks.putBlock(rawCid(block), block, { signal })
    await sshfs.unmount()
    const gone = { code: 'BACKEND_UNAVAILABLE', message: new RegExp(`nothing is mounted at ${sshfs.point}, and not .*mount it with \`sshfs ${sshfs.source} ${sshfs.point}\``) } // prettier-ignore
    await t.rejects(facetOf(backend, 'blockReader').getBlock(rawCid(block), { signal }), gone)
    await t.rejects(blocks.putBlock(rawCid(block), block, { signal }), gone)
    await t.rejects(facetOf(backend, 'fileReader').stat('x', { signal }), gone)
    await t.rejects(backend.health({ signal }), gone)
    t.same(readdirSync(sshfs.point), [], 'nothing was put there')
    await sshfs.mount()
    t.ok(block.equals(await facetOf(backend, 'blockReader').getBlock(rawCid(block), { signal })))
    t.same(readdirSync(files), ['blocks'])
  }
)

t.test('threats 97: a server that stands still holds up nobody', skipWithoutSshfs, async (t) => {
  const { server, sshfs } = await mounted(t)
  const backend = backendAt(sshfs.point)
  t.teardown(() => backend.close())
  const files = facetOf(backend, 'fileWriter')
  const put = (name: string, ms: number): Promise<void> => files.put(name, () => [Buffer.from(name)], { signal: AbortSignal.timeout(ms) }) // prettier-ignore
  await put('before', 10_000)
  server.signal('SIGSTOP')
  t.teardown(() => server.signal('SIGCONT'))
  // A wrapped one has a deadline of its own.
  await t.rejects(facetOf(wrap(backend, 300), 'fileWriter').put('x', () => [], { signal }), { code: 'TIMEOUT' }) // prettier-ignore
  let refused: unknown
  for (let i = 0; i < 20 && !isKitError(refused, 'TIMEOUT'); i++)
    refused = await put(`during ${i}`, 1100).catch((error: unknown) => error)
  t.match(refused, { code: 'TIMEOUT', message: /still holds up earlier calls; unmount it with `umount -f/ }) // prettier-ignore
  t.equal(workers(), 4, 'no more are left behind')
  server.signal('SIGCONT')
  await until(() => workers() === 0)
  await put('after', 10_000)
  await backend.close()
  await until(() => workers() === 0)
})

t.test(
  'a program whose server stands still ends, and leaves nothing',
  skipWithoutSshfs,
  async (t) => {
    const { server, sshfs } = await mounted(t)
    const program = `
    import { SshfsBackend } from ${JSON.stringify(`${ROOT}dist/backends/sshfs/backend.js`)}
    import { sshfsOptions } from ${JSON.stringify(`${ROOT}dist/backends/sshfs/options.js`)}
    const backend = new SshfsBackend('box', sshfsOptions({ path: [${JSON.stringify(sshfs.point)}] }))
    const stat = (ms) => backend.facets.fileReader.stat('x', { signal: AbortSignal.timeout(ms) })
    await stat(20_000)
    console.log('it works')
    process.stdin.once('data', async () => {
      console.log(await stat(300).catch((error) => error.name))
      process.exitCode = 7
      await backend.close()
      process.stdin.destroy()
    })
  `
    const run = spawn(process.execPath, ['--input-type=module', '-e', program], { detached: true })
    run.stderr.pipe(process.stderr)
    const [said] = (await once(run.stdout, 'data')) as [Buffer]
    t.equal(said.toString(), 'it works\n')
    server.signal('SIGSTOP')
    t.teardown(() => server.signal('SIGCONT'))
    run.stdin.write('go\n')
    const [late] = (await once(run.stdout, 'data')) as [Buffer]
    t.equal(late.toString(), 'TimeoutError\n')
    t.same(await once(run, 'exit'), [7, null])
    await sshfs.unmount()
    await until(() => !isRunning(run.pid!))
  }
)

t.test('a server that is killed in the middle of a put', skipWithoutSshfs, async (t) => {
  const { server, sshfs, files } = await mounted(t)
  const backend = backendAt(sshfs.point)
  t.teardown(() => backend.close())
  const writer = facetOf(backend, 'fileWriter')
  await writer.put('file', () => [Buffer.from('older')], { signal })
  const content = async function* (): AsyncIterable<Uint8Array> {
    yield Buffer.alloc(1 << 20)
    await server.kill()
    yield Buffer.alloc(1 << 20)
  }
  await t.rejects(writer.put('file', content, { signal: AbortSignal.timeout(20_000) }))
  t.equal(readFileSync(join(files, 'file'), 'utf8'), 'older')
  await sshfs.unmount()
  await server.run()
  await sshfs.mount()
  await writer.put('file', () => [Buffer.from('newer')], { signal })
  t.equal(readFileSync(join(files, 'file'), 'utf8'), 'newer')
})

t.test('threats 97: a disk may take its time over what was put', skipWithoutSshfs, async (t) => {
  const { server, sshfs, files } = await mounted(t)
  t.teardown(() => server.signal('SIGCONT'))
  const onMount = backendAt(sshfs.point)
  const onFolder = new FilesystemBackend('folder', sshfs.point)
  for (const [name, backend] of [
    ['on mount', onMount],
    ['in folder', onFolder]
  ] as const) {
    t.teardown(() => backend.close())
    const content = async function* (): AsyncIterable<Uint8Array> {
      for (let i = 0; i < 4; i++) yield Buffer.alloc(1 << 20, i)
      server.signal('SIGSTOP')
      void delay(2000).then(() => server.signal('SIGCONT'))
    }
    await facetOf(wrap(backend, 500), 'fileWriter').put(name, content, { signal })
    t.equal(readFileSync(join(files, name)).length, 4 << 20)
  }
})

t.test('what is on no such mount is refused', async (t) => {
  const folder = tempFolder(t, 'plain')
  t.throws(() => sshfsOptions({ path: [folder] }), { code: 'USAGE', message: /is on no mount/ })
  t.throws(() => sshfsOptions({ path: [folder], mount: ['nonsense'] }), { code: 'USAGE', message: /--mount takes a line/ }) // prettier-ignore
  const known = { path: [folder], mount: ['me@box:/my files on /mnt/my box type fuse.sshfs'] }
  const backend = new SshfsBackend('box', sshfsOptions(known))
  t.teardown(() => backend.close())
  await t.rejects(backend.health({ signal }), { code: 'BACKEND_UNAVAILABLE', message: /sshfs 'me@box:\/my files' '\/mnt\/my box'/ }) // prettier-ignore
})

/** How many processes of ours work on mounts, those that the kernel holds up among them. */
function workers(): number {
  const args = ['-o', 'comm=', '--ppid', String(process.pid)]
  const { stdout } = spawnSync('ps', args, { encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line.startsWith('node')).length
}

/** Whether the group of a process has anybody in it. */
function isRunning(group: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '-g', String(group)], { encoding: 'utf8' })
  return stdout.trim() !== ''
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (isSo()) return
    await delay(50)
  }
  throw new Error('it never became so')
}
