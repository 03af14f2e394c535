/** `doctor` finds each broken state of a home and of the machine, names the mend, and the mend works. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit, runProgram, type RunOptions } from '../support/cli.js'
import { skipWithoutMount, withClosedDevice, withOpenDevice } from '../support/mount.js'
import { MAIN } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

interface Doctor {
  readonly code: number | null
  readonly stderr: string
  readonly success: boolean
  /** The checks that failed, but for those that only note something. */
  readonly failed: readonly {
    readonly check: string
    readonly found: string
    readonly mend: string
  }[]
}

async function doctor(kit: Kit, options: RunOptions = {}): Promise<Doctor> {
  const { code, stdout, stderr } = await kit.run(['doctor', '--json'], options)
  const { success, checks } = JSON.parse(stdout.toString()) as {
    success: boolean
    checks: { ok: boolean; needed: boolean; check: string; found: string; mend: string }[]
  }
  const failed = checks.filter(({ ok, needed }) => !ok && needed)
  return { code, stderr, success, failed }
}

/** A broken state: what makes it, what doctor says, and the mend as the user would do it. */
interface State {
  readonly name: string
  readonly make: (home: string) => void
  readonly check: RegExp
  readonly mend: RegExp
  readonly repair: (kit: Kit) => Promise<unknown>
}

const manifest = (home: string): string => join(home, 'blocks', 'MANIFEST')
const segment = (home: string): string => {
  const folder = join(home, 'blocks', 'index')
  return join(folder, readdirSync(folder)[0]!)
}
const config = (home: string): string => join(home, 'mount.config.json')
const fsck = (kit: Kit): Promise<string> => kit.ok('fsck', '--repair')

const STATES: readonly State[] = [
  {
    name: 'the manifest is gone',
    make: (home) => rmSync(manifest(home)),
    check: /^store$/,
    mend: /fsck --repair/,
    repair: fsck
  },
  {
    name: 'the manifest is damaged',
    make: (home) => truncateSync(manifest(home), 20),
    check: /^store$/,
    mend: /fsck --repair/,
    repair: fsck
  },
  {
    name: 'an index segment is gone',
    make: (home) => rmSync(segment(home)),
    check: /^store$/,
    mend: /fsck --repair/,
    repair: fsck
  },
  {
    name: 'an index segment is cut short',
    make: (home) => truncateSync(segment(home), 100),
    check: /^store$/,
    mend: /fsck --repair/,
    repair: fsck
  },
  {
    name: 'the log of pins is damaged in the middle',
    make: (home) => writeFileSync(join(home, 'blocks', 'pins.log'), 'xxxxxxxx {}\nyyyyyyyy {}\n'),
    check: /^pins$/,
    mend: /fsck --repair/,
    repair: fsck
  },
  {
    name: 'backend.json is broken',
    make: (home) => writeFileSync(join(home, 'backends', 'shelf', 'backend.json'), '{'),
    check: /^backend shelf$/,
    mend: /backend rm shelf/,
    repair: (kit) => kit.ok('backend', 'rm', 'shelf')
  },
  {
    name: 'backend.json is gone',
    make: (home) => rmSync(join(home, 'backends', 'shelf', 'backend.json')),
    check: /^backend shelf$/,
    mend: /backend rm shelf/,
    repair: (kit) => kit.ok('backend', 'rm', 'shelf')
  },
  {
    name: 'the configuration is no JSON',
    make: (home) => writeFileSync(config(home), '{'),
    check: /^configuration$/,
    mend: /config check/,
    repair: async ({ home }) => rmSync(config(home))
  },
  {
    name: 'the configuration has two wrong keys',
    make: (home) => writeFileSync(config(home), '{"cache": {"size": 5, "colour": 1}}'),
    check: /^configuration$/,
    mend: /config check/,
    repair: async ({ home }) => rmSync(config(home))
  },
  {
    name: 'the home is a file',
    make: (home) => {
      renameSync(home, `${home}.away`)
      writeFileSync(home, '')
    },
    check: /^home$/,
    mend: /move that file away/,
    repair: async ({ home }) => {
      rmSync(home)
      renameSync(`${home}.away`, home)
    }
  }
]

for (const { name, make, check, mend, repair } of STATES)
  t.test(`${name}: doctor names it and the mend, and the mend works`, async (t) => {
    const folder = tempFolder(t, 'doctor')
    const kit = new Kit(join(folder, 'home'))
    const cid = await kit.add(MAIN)
    mkdirSync(join(folder, 'shelf'))
    await kit.ok('backend', 'add', 'shelf', '--type', 'filesystem', '--path', join(folder, 'shelf'))
    t.same((await doctor(kit)).failed, [], 'all is well before')
    make(kit.home)
    const { code, success, failed, stderr } = await doctor(kit)
    t.equal(code, 1)
    t.equal(success, false)
    t.equal(failed.length, 1, JSON.stringify(failed))
    t.match(failed[0]?.check, check)
    t.match(failed[0]?.mend, mend)
    t.notMatch(stderr, /^\s+at /m)
    await repair(kit)
    t.same((await doctor(kit)).failed, [], 'all is well after')
    t.ok((await kit.bytes('cat', cid)).length > 0)
  })

t.test(
  'what an ordinary user lacks for a mount is named',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'doctor')
    const asUser = { uid: 65_534, gid: 65_534 }
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'home'))
    chownSync(join(folder, 'home'), asUser.uid, asUser.gid)
    const kit = new Kit(join(folder, 'home'), { asUser, env: { HOME: folder } })
    const failedChecks = async (options: RunOptions = {}): Promise<string[]> =>
      (await doctor(kit, options)).failed.map(({ check }) => check)
    await withOpenDevice(async () => {
      const none = join(folder, 'bin')
      mkdirSync(none)
      writeFileSync(join(none, 'fusermount3'), '#!/bin/sh\n', { mode: 0o755 })
      t.same(await failedChecks(), [])
      t.same(await failedChecks({ env: { PATH: none, HOME: folder } }), ['mount helper'])
      rmSync(join(none, 'fusermount3'))
      t.same(await failedChecks({ env: { PATH: none, HOME: folder } }), ['mount helper'])
    })
    await withClosedDevice(async () => t.same(await failedChecks(), ['/dev/fuse']))
  }
)

t.test(
  'without new privileges a user is told that the helper gets none',
  { ...skipWithoutMount, timeout: 60_000 },
  async (t) => {
    const folder = tempFolder(t, 'doctor')
    await withOpenDevice(async () => {
      const user = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--no-new-privs']
      const program = [process.execPath, MAIN, '--home', join(folder, 'home'), 'doctor']
      const { code, stdout } = await runProgram('setpriv', [...user, ...program])
      t.equal(code, 1)
      t.match(stdout.toString(), /FAIL +mount helper .*no_new_privs.*NoNewPrivileges=no/)
    })
  }
)
