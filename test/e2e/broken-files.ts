/**
 * Every file of a home flipped, cut, removed, made a folder or unreadable, one at a time. It runs as
 * an ordinary user, for whom a file can be unreadable: broken-files.test.ts starts it.
 */
import { execFileSync } from 'node:child_process'
import { createCipheriv, createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs' // prettier-ignore
import { join } from 'node:path'
import t from 'tap'
import { makeServices } from '../../src/compose/services.js'
import { KitError, openKit, type Kit } from '../../src/index.js'
import { kitSettings } from '../../src/library/kit.js'
import { doctor } from '../../src/operations/doctor.js'
import { tempFolder } from '../support/temp.js'

const random = (size: number, seed: string): Buffer => {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

const gather = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

/** What is asked of a home in every state, and what the right answer is. */
interface Template {
  readonly home: string
  readonly sources: string
  readonly backend: string
  readonly files: readonly { readonly path: string; readonly bytes: Buffer }[]
  readonly folders: readonly { readonly path: string; readonly names: readonly string[] }[]
  readonly roots: readonly string[]
}

const CUT = { chunker: 'size-16384' }
const FRAMED = { profile: 'unixfs-v0-2015', chunker: 'size-8192' }
const SMALL = Array.from({ length: 10 }, (_, i) => `file ${i}`)
/** Enough long names that the folder is sharded. */
const MANY = Array.from({ length: 1400 }, (_, i) => `${'n'.repeat(200)}-${i}`)

function writeSources(sources: string): void {
  mkdirSync(join(sources, 'small'), { recursive: true })
  mkdirSync(join(sources, 'many'))
  for (const name of SMALL) writeFileSync(join(sources, 'small', name), `content of ${name}`)
  for (const name of MANY) writeFileSync(join(sources, 'many', name), name.slice(-4))
  writeFileSync(join(sources, 'big'), random(300_000, 'big'))
  writeFileSync(join(sources, 'framed'), random(100_000, 'framed'))
}

/** Adds all that is here; what is here already stays. @returns the roots. */
async function addAll(kit: Kit, sources: string): Promise<string[]> {
  const roots: string[] = []
  for (const [name, options] of [
    ['small', {}],
    ['big', CUT],
    ['framed', FRAMED],
    ['many', {}]
  ] as const)
    // prettier-ignore
    roots.push((await kit.add(join(sources, name), options)).roots[0]!.cid)
  return roots
}

async function makeTemplate(folder: string): Promise<Template> {
  const [home, sources, backend] = ['home', 'sources', 'backend'].map((name) => join(folder, name)) as [string, string, string] // prettier-ignore
  writeSources(sources)
  mkdirSync(backend)
  mkdirSync(home)
  writeFileSync(join(home, 'mount.config.json'), '{"cache": {"size": "64MB"}}\n')
  const remote = await openKit({ home: join(folder, 'remote') })
  const remoteBytes = random(200_000, 'remote')
  writeFileSync(join(folder, 'remote-file'), remoteBytes)
  const far = (await remote.add(join(folder, 'remote-file'), CUT)).roots[0]!.cid
  await remote.cars.exportTo(far, join(backend, 'remote.car'))
  const kit = await openKit({ home })
  const roots = await addAll(kit, sources)
  const [small, big, framed, many] = roots as [string, string, string, string]
  await kit.backends.add({ name: 'disk', type: 'filesystem', options: { path: [backend] } })
  await kit.cache.warm([far])
  await kit.ls(many)
  return {
    home,
    sources,
    backend,
    roots,
    files: [
      { path: `${small}/file 3`, bytes: Buffer.from('content of file 3') },
      { path: big, bytes: random(300_000, 'big') },
      { path: framed, bytes: random(100_000, 'framed') },
      { path: `${many}/${MANY[77]}`, bytes: Buffer.from(MANY[77]!.slice(-4)) },
      { path: far, bytes: remoteBytes }
    ],
    folders: [
      { path: small, names: SMALL },
      { path: many, names: MANY }
    ]
  }
}

/** The ways in which one file can be broken. */
const BREAKS: Readonly<Record<string, (path: string) => void>> = {
  'first byte flipped': (path) => flip(path, 0),
  'middle flipped': (path) => flip(path, 0.5),
  'flipped at a third': (path) => flip(path, 0.33),
  'flipped at two thirds': (path) => flip(path, 0.67),
  'last byte flipped': (path) => flip(path, 1),
  'flipped, its time kept': (path) => {
    const { atime, mtime } = statSync(path)
    flip(path, 0.2)
    utimesSync(path, atime, mtime)
  },
  'other bytes': (path) =>
    writeFileSync(path, random(Math.min(statSync(path).size, 1 << 20), path)),
  'cut to nothing': (path) => truncateSync(path, 0),
  'cut to half': (path) => truncateSync(path, statSync(path).size >> 1),
  'last byte gone': (path) => truncateSync(path, Math.max(0, statSync(path).size - 1)),
  longer: (path) => writeFileSync(path, 'x', { flag: 'a' }),
  removed: (path) => rmSync(path),
  'a folder': (path) => {
    rmSync(path)
    mkdirSync(path)
  },
  'a pipe': (path) => {
    rmSync(path)
    execFileSync('mkfifo', [path])
  },
  'a link to nowhere': (path) => {
    rmSync(path)
    symlinkSync('nowhere', path)
  },
  unreadable: (path) => chmodSync(path, 0)
}

function flip(path: string, share: number): void {
  const bytes = readFileSync(path)
  if (bytes.length > 0) bytes[Math.floor((bytes.length - 1) * share)]! ^= 1
  writeFileSync(path, bytes)
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    lstatSync(join(folder, name)).isFile()
  )

/** The errors of one state, by the command that met them. */
class Trial {
  readonly errors: { readonly command: string; readonly error: unknown }[] = []

  async try<T>(command: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.errors.push({ command, error })
      return undefined
    }
  }
}

/** Asks everything. @returns what was answered wrongly, in words. */
async function ask(trial: Trial, template: Template, home: string, out: string): Promise<string[]> {
  const wrong: string[] = []
  const kit = await trial.try('open', () => openKit({ home }))
  if (kit === undefined) return wrong
  for (const { path, bytes } of template.files) {
    const found = await trial.try(`cat ${path.slice(-20)}`, () => gather(kit.cat(path)))
    if (found?.equals(bytes) === false) wrong.push(`cat ${path} gives other bytes`)
  }
  for (const { path, names } of template.folders) {
    const found = await trial.try('ls', () => kit.ls(path))
    if (found !== undefined && found.length !== names.length)
      wrong.push(`ls ${path} gives ${found.length} names`)
  }
  const got = await trial.try('get', () => kit.get(template.roots[0]!, out))
  if (got !== undefined)
    for (const name of SMALL)
      if (readFileSync(join(out, name), 'utf8') !== `content of ${name}`)
        wrong.push(`get gives another ${name}`)
  rmSync(out, { recursive: true, force: true })
  const pins = await trial.try('pin ls', () => kit.pins.list())
  // More may be recovered, under other names of the same blocks.
  if (pins !== undefined && pins.length < template.roots.length)
    wrong.push(`pin ls gives ${pins.length} pins`)
  await trial.try('status', () => kit.status())
  await trial.try('doctor', async () => {
    const { fetching, pinPolicy } = kitSettings({ home })
    const run = { signal: new AbortController().signal, progress: () => undefined, warn: () => undefined } // prettier-ignore
    await doctor(makeServices(home, fetching, pinPolicy), { configProblems: [] }, run)
  })
  const checked = await trial.try('fsck', () => kit.fsck({ readData: true }))
  if (checked?.success === false)
    for (const { where, reason } of checked.bad)
      trial.errors.push({ command: 'fsck', error: new KitError('INTEGRITY', `${where}: ${reason}; \`fsck --repair\``) }) // prettier-ignore
  await trial.try('gc', () => kit.gc())
  return wrong
}

/** Does what the errors name. @returns what the mends failed with. */
async function mend(
  trial: Trial,
  template: Template,
  home: string,
  broken: string
): Promise<string[]> {
  // prettier-ignore
  const text = trial.errors.map(({ error }) => (error as Error).message).join('\n')
  const failures: string[] = []
  const step = async (name: string, work: () => unknown): Promise<void> => {
    try {
      await work()
    } catch (error) {
      failures.push(`${name}: ${String(error)}`)
    }
  }
  const path = join(home, broken)
  if (text.includes('chmod u+r')) await step('chmod', () => chmodSync(path, 0o600))
  if (/move it away|remove it|remove the link|correct it/.test(text))
    await step('move', () => renameSync(path, `${home}.aside`))
  rmSync(`${home}.aside`, { recursive: true, force: true })
  await step('fsck --repair', async () => {
    const { success } = await (await openKit({ home })).fsck({ readData: true, repair: true })
    if (!success) throw new Error('damage is left')
  })
  await step('add', async () => addAll(await openKit({ home }), template.sources))
  if (broken.startsWith('backends'))
    await step('backend add', async () => {
      const kit = await openKit({ home })
      if ((await kit.backends.list()).length === 0)
        await kit.backends.add({ name: 'disk', type: 'filesystem', options: { path: [template.backend] } }) // prettier-ignore
    })
  return failures
}

/** Returns what is wrong with an error: it must have a code, name a file or a CID, and say what to do. */
function flaw({ command, error }: Trial['errors'][number], home: string): string | undefined {
  const text = error instanceof Error ? error.message : String(error)
  const told = `${command}: ${error instanceof KitError ? error.code : 'no KitError'}: ${text}`
  if (!(error instanceof KitError) || error.code === 'INTERNAL') return told
  if (/\n\s+at /.test(text)) return `a stack: ${told}`
  // The block of a backend that is not configured any more is missing, and that is all.
  if (error.code === 'BLOCK_NOT_FOUND') return undefined
  const namesIt = text.includes(home) || /baf[a-z0-9]{20,}|Qm\w{44}/.test(text)
  if (!namesIt) return `names nothing: ${told}`
  return /`[^`]+`|move it away|remove it|remove the link|correct it/.test(text)
    ? undefined
    : `no mend: ${told}`
}

const SHARE = Number(process.env['BROKEN_SHARE'] ?? 1)
const ONLY = process.env['BROKEN_ONLY'] ?? ''
const NOBODY = 65534

// Nothing is unreadable for root.
if (process.getuid?.() === 0) {
  process.setgroups!([])
  process.setgid!(NOBODY)
  process.setuid!(NOBODY)
}

t.test('one file at a time', { timeout: 1_200_000 }, async (t) => {
  const folder = tempFolder(t, 'broken')
  const template = await makeTemplate(folder)
  const home = join(folder, 'tried')
  let states = 0
  for (const broken of filesBelow(template.home))
    for (const [name, breakIt] of Object.entries(BREAKS)) {
      if (!`${broken}: ${name}`.includes(ONLY) || (states++ * SHARE) % 1 >= SHARE) continue
      rmSync(home, { recursive: true, force: true })
      execFileSync('cp', ['-a', '--sparse=always', '--reflink=auto', template.home, home])
      await (await openKit({ home })).fsck({ readData: true })
      breakIt(join(home, broken))
      const trial = new Trial()
      const problems = await ask(trial, template, home, join(folder, 'out'))
      problems.push(...trial.errors.flatMap((one) => flaw(one, home) ?? []))
      problems.push(...(await mend(trial, template, home, broken)))
      const after = new Trial()
      problems.push(...(await ask(after, template, home, join(folder, 'out'))).map((line) => `after: ${line}`)) // prettier-ignore
      problems.push(...after.errors.map(({ command, error }) => `after: ${command}: ${String(error)}`)) // prettier-ignore
      if (problems.length > 0) t.fail(`${broken}: ${name}:\n${problems.join('\n')}`)
    }
  t.ok(states >= 300 || ONLY !== '', `${states} states`)
})
