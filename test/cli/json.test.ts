/** `--json` of every command: `success` is what the exit code says, `error_type` fits `code`. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { COMMANDS } from '../../src/cli/commands.js'
import { Output } from '../../src/cli/output.js'
import { report } from '../../src/cli/report.js'
import { ERROR_CODES, KitError, type ErrorCode } from '../../src/core/errors.js'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Document {
  readonly success: boolean
  readonly operation: string
  readonly code?: ErrorCode
  readonly error?: string
  readonly error_type?: string
  readonly recoverable?: boolean
}

type Checks = Pick<typeof t, 'equal' | 'match' | 'notOk' | 'ok'>

/** Checks one document against the exit code that came with it. */
function agrees(t: Checks, what: string, exit: number | null, stdout: string): Document {
  t.match(stdout, /^\{.*\}\n$/, `${what}: one document`)
  const document = JSON.parse(stdout) as Document
  t.equal(document.success, exit === 0, `${what}: success, and exit ${exit}`)
  if (document.success) t.notOk('error_type' in document || 'code' in document, what)
  else {
    const row = ERROR_CODES[document.code!]
    t.equal(row.exit, exit, `${what}: ${document.code}`)
    t.equal(document.error_type, row.type, what)
    t.equal(document.recoverable, row.recoverable, what)
    t.ok(document.error, what)
  }
  return document
}

t.test('every code is reported as the table of codes says', async (t) => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[])
    for (const answer of [undefined, { readMs: 1 }]) {
      const printed: string[] = []
      const stream = { write: (text: unknown) => printed.push(String(text)) > 0 }
      const output = new Output(stream, stream)
      output.answer = answer
      const error = new KitError(code, 'what, where, the next step')
      const ending = { operation: 'x', json: true, debug: false, output, error }
      const exit = report(ending)
      t.match(agrees(t, code, exit, printed.join('')), answer === undefined ? {} : { read_ms: 1 })
    }
})

t.test('codes that say what is wrong are not called unknown', async (t) => {
  const unknown = Object.entries(ERROR_CODES).filter(([, { type }]) => type === 'unknown_error')
  t.same(unknown.map(([code]) => code).sort(), ['ABORTED', 'INTERNAL', 'IO'])
})

/** Commands that change this machine beyond the home: tried with words alone that they refuse. */
const BEYOND_THE_HOME = /^(?:mount|dashboard|daemon (?:start|restart)|service .*)$/

const TAKE_JSON = COMMANDS.filter(({ options }) => 'json' in options)

t.test(
  'every command agrees with itself, whatever it is given',
  { timeout: 900_000 },
  async (t) => {
    const folder = tempFolder(t, 'json')
    const env = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') }
    const kit = new Kit(join(folder, 'home'), { env, cwd: folder })
    writeFileSync(join(folder, 'file'), 'content')
    const cid = await kit.add(join(folder, 'file'))
    await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', folder)
    const broken = new Kit(join(folder, 'broken'), { env, cwd: folder })
    await broken.add(join(folder, 'file'))
    writeFileSync(join(broken.home, 'mount.config.json'), '{')
    const states: [what: string, kit: Kit, word: string][] = [
      ['a CID', kit, cid],
      ['nonsense', kit, 'nonsense'],
      ['a backend', kit, 'disk'],
      ['a broken configuration', broken, cid],
      ['a home that is a file', new Kit(join(folder, 'file'), { env }), cid]
    ]
    for (const { name, args } of TAKE_JSON) {
      const words = name.split(' ')
      const wrong = await kit.run([...words, '--json', '--no-such-option'])
      t.match(agrees(t, name, wrong.code, wrong.stdout.toString()), { code: 'USAGE' })
      if (BEYOND_THE_HOME.test(name)) continue
      for (const [what, one, word] of states) {
        const length = Math.max(args.min, Math.min(args.max, 1))
        const given = Array.from({ length }, () => word)
        const { code, stdout } = await one.run([...words, ...given, '--json'])
        const document = agrees(t, `${name}, ${what}`, code, stdout.toString())
        t.equal(document.operation, name)
      }
    }
  }
)

t.test('what was found bad is no success, and the answer says what it is', async (t) => {
  const folder = tempFolder(t, 'json-bad')
  const kit = new Kit(join(folder, 'home'))
  writeFileSync(join(folder, 'file'), Buffer.alloc(5 << 20, 1))
  const cid = await kit.add(join(folder, 'file'))
  const disk = join(folder, 'disk')
  writeFileSync(join(folder, 'x.car'), await kit.bytes('car', 'export', cid))
  const car = readFileSync(join(folder, 'x.car'))
  car[car.length - 1]! ^= 1
  writeFileSync(join(folder, 'x.car'), car)
  await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', folder)
  await kit.ok('backend', 'update', 'disk', '--path', folder)
  const file = join(kit.home, 'backends', 'disk', 'backend.json')
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(JSON.stringify(folder), JSON.stringify(disk))
  )
  const files = join(kit.home, 'blocks', 'files')
  const [name] = readdirSync(files, { recursive: true, encoding: 'utf8' }).filter((entry) =>
    entry.includes('/')
  )
  const bytes = readFileSync(join(files, name!))
  bytes[100]! ^= 1
  writeFileSync(join(files, name!), bytes)
  const bad: [object, ...string[]][] = [
    [{ code: 'BACKEND_UNAVAILABLE', ok: false, steps: [{ ok: false }] }, 'backend', 'test', 'disk'],
    [{ code: 'INTEGRITY', bad: [{ reason: String }] }, 'car', 'verify', join(folder, 'x.car')],
    [{ code: 'INTEGRITY', bad: [{ reason: String }] }, 'fsck', '--read-data'],
    [{ code: 'PATH_NOT_FOUND', running: false }, 'daemon', 'status']
  ]
  for (const [answer, ...words] of bad) {
    const { code, stdout } = await kit.run([...words, '--json'])
    t.match(agrees(t, words.join(' '), code, stdout.toString()), { success: false, ...answer })
    const { stderr } = await kit.run(words)
    t.match(stderr, new RegExp(`^ipfs-kit ${words.slice(0, 2).join(' ').replace(/ -.*/, '')}: `))
  }
  rmSync(join(kit.home, 'backends'), { recursive: true })
  writeFileSync(join(kit.home, 'mount.config.json'), '{')
  const doctor = await kit.run(['doctor', '--json'])
  const found = agrees(t, 'doctor', doctor.code, doctor.stdout.toString())
  t.match(found, { success: false, code: 'UNSUPPORTED', error: /configuration/, checks: Array })
})
