import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { randomBytes } from 'node:crypto'
import { RcloneBackend } from '../../../backends/rclone/backend.js'
import { checkRclone, rcloneOptions } from '../../../backends/rclone/options.js'
import { wrap } from '../../../backends/wrap/index.js'
import { NEW_RCLONE, OLD_RCLONE, rcloneConfig, type RcloneProgram } from '../../servers/rclone.js'
import { Kit } from '../../support/cli.js'
import { ROOT } from '../../support/paths.js'
import { tempFolder } from '../../support/temp.js'

const signal = AbortSignal.timeout(600_000)
const old = Buffer.from('the older content')
const PROGRAMS: readonly (readonly [string, RcloneProgram])[] = [
  ['old', OLD_RCLONE],
  ['new', NEW_RCLONE]
]

interface Ground {
  readonly folder: string
  readonly config: string
}

function ground(t: Test): Ground {
  const folder = tempFolder(t, 'rclone')
  mkdirSync(join(folder, 'plain'))
  const config = rcloneConfig(folder, { plain: { type: 'alias', remote: join(folder, 'plain') } })
  return { folder, config }
}

function backendOf(t: Test, { config }: Ground, program: string): RcloneBackend {
  const backend = new RcloneBackend('far', { remote: 'plain:', config, program })
  t.teardown(() => backend.close())
  return backend
}

/** The processes that serve a configuration. */
function servers(config: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return words.includes('rcd') && words.includes(config)
      } catch {
        // It has ended meanwhile.
        return false
      }
    })
}

async function noServer(config: string): Promise<boolean> {
  const late = Date.now() + 20_000
  while (servers(config).length > 0 && Date.now() < late) await delay(20)
  return servers(config).length === 0
}

for (const [which, { program, skip }] of PROGRAMS) {
  t.test(`the backends of a process share one rclone (${which})`, { skip }, async (t) => {
    const place = ground(t)
    const one = backendOf(t, place, program)
    const other = backendOf(t, place, program)
    t.same(servers(place.config), [], 'none before the first call')
    const said = await Promise.all([one.health({ signal }), other.health({ signal })])
    t.match(said[0].version, /^rclone v1\.\d+\S*, a remote of type alias, 0 archives$/)
    t.equal(servers(place.config).filter(isRclone).length, 1)
    await one.close()
    await other.health({ signal })
    await other.close()
    t.ok(await noServer(place.config), 'it ends with the last of them')
  })

  t.test(`threats 99: it ends with a process that is killed (${which})`, { skip }, async (t) => {
    const place = ground(t)
    const script = `
      import { RcloneBackend } from ${JSON.stringify(`${ROOT}dist/backends/rclone/backend.js`)}
      const backend = new RcloneBackend('far', ${JSON.stringify({ remote: 'plain:', config: place.config, program })})
      await backend.health({ signal: AbortSignal.timeout(60_000) })
      console.log('ready')
      setInterval(() => undefined, 1000)
    `
    const tmp = join(place.folder, 'tmp')
    mkdirSync(tmp)
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: tmp } }) // prettier-ignore
    await once(parent.stdout, 'data')
    t.not(servers(place.config).length, 0)
    const [made] = readdirSync(tmp)
    t.match(made, /^ipfs-kit-rclone-/)
    parent.kill('SIGKILL')
    t.ok(await noServer(place.config), 'no rclone is left behind')
    for (let i = 0; existsSync(join(tmp, made!)) && i < 500; i++) await delay(20)
    t.same(readdirSync(tmp), [], 'nor its folder')
  })

  t.test(`threats 99: it is killed in the middle of an upload (${which})`, { skip }, async (t) => {
    const place = ground(t)
    const { fileReader, fileWriter } = wrap(backendOf(t, place, program), 10_000).facets
    await fileWriter!.put('a/file', () => [old], { signal })
    const cut = async function* (): AsyncIterable<Uint8Array> {
      yield randomBytes(2_000_000)
      for (const pid of servers(place.config)) process.kill(pid, 'SIGKILL')
      yield randomBytes(2_000_000)
    }
    await t.rejects(fileWriter!.put('a/file', cut, { signal }), { code: 'BACKEND_UNAVAILABLE' })
    t.equal((await fileReader!.stat('a/file', { signal }))?.size, old.length, 'another one starts')
    t.same(readFileSync(join(place.folder, 'plain/a/file')), old)
  })

  t.test(`threats 42: it is stopped (${which})`, { skip }, async (t) => {
    const place = ground(t)
    const inner = backendOf(t, place, program)
    await inner.health({ signal })
    const backend = wrap(inner, 1000)
    for (const pid of servers(place.config).filter(isRclone)) process.kill(pid, 'SIGSTOP')
    await t.rejects(backend.facets.fileReader!.stat('x', { signal }), { code: 'TIMEOUT' })
    await backend.close()
    t.ok(await noServer(place.config), 'it ends all the same')
  })
}

/** Whether a process is rclone, and not the shell that waits beside it. */
const isRclone = (pid: number): boolean =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]!.endsWith('rclone')

t.test('a program or a remote that is not there is told with what to do', OLD_RCLONE, async (t) => {
  const place = ground(t)
  const missing = backendOf(t, place, '/nowhere/rclone')
  await t.rejects(missing.health({ signal }), { code: 'BACKEND_UNAVAILABLE', message: /apt install rclone/ }) // prettier-ignore
  const texts = { remote: ['plain:'], config: [place.config] }
  checkRclone(texts)
  for (const [more, message] of [
    [{ rclone: ['/nowhere/rclone'] }, /--rclone: there is no program .*apt install rclone/],
    [{ remote: ['other:x'] }, /no remote "other" \(it has plain\); make it with `rclone config`/]
  ] as const)
    t.throws(() => checkRclone({ ...texts, ...more }), { code: 'USAGE', message })
  for (const remote of [
    '/a/folder',
    ':s3,secret_access_key=x:bucket',
    's3,secret=x:b',
    'a:[b]',
    '-x:y',
    'a:b\nc'
  ])
    // prettier-ignore
    t.throws(() => rcloneOptions({ remote: [remote] }), { code: 'USAGE' }, remote)
})

t.test(
  'threats 43: a folder that is away says nothing about what it holds',
  OLD_RCLONE,
  async (t) => {
    const place = ground(t)
    const backend = new RcloneBackend('far', { remote: 'plain:away', config: place.config, program: OLD_RCLONE.program }) // prettier-ignore
    t.teardown(() => backend.close())
    const { fileReader } = backend.facets
    await t.rejects(fileReader!.stat('x', { signal }), { code: 'BACKEND_UNAVAILABLE', message: /rclone mkdir/ }) // prettier-ignore
  }
)

t.test('a file of the same size and time is replaced', OLD_RCLONE, async (t) => {
  const place = ground(t)
  const { fileWriter } = backendOf(t, place, OLD_RCLONE.program).facets
  for (const text of ['one', 'two']) {
    await fileWriter!.put('file', () => [Buffer.from(text)], { signal })
    t.equal(readFileSync(join(place.folder, 'plain/file'), 'utf8'), text)
  }
})

t.test('the commands take it, show its type and try it', OLD_RCLONE, async (t) => {
  const place = ground(t)
  const kit = new Kit(join(place.folder, 'home'))
  writeFileSync(join(place.folder, 'empty.conf'), '')
  await kit.ok('backend', 'add', 'far', '--type', 'rclone', '--remote', 'plain:', '--config', place.config) // prettier-ignore
  t.match(await kit.ok('backend', 'show', 'far'), /remote_type\s+alias/)
  t.match(await kit.ok('backend', 'test', 'far'), /remove file/)
  t.ok(await noServer(place.config), 'a command leaves none behind')
})
