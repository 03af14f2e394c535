/** `doctor`: what a mount needs, whether it is there, and how to mend it. */
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { release } from 'node:os'
import { configuredBackends, openConfigured, readConfigured } from '../../../backends/configured.js'
import { formatSize } from '../../config/units.js'
import { isKitError, systemCode, toKitError } from '../../core/errors.js'
import { libc } from '../../core/native.js'
import { loadFuseNative } from '../../mount/drivers/fuse-native/load.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

interface Finding {
  readonly check: string
  readonly ok: boolean
  /** Whether mounting is impossible without it. */
  readonly needed: boolean
  readonly found: string
  readonly mend: string
}

const LOW_SPACE = 1 << 30

/** Exit code 1 when something that a mount needs is missing. */
export async function run(context: Context): Promise<number> {
  const findings = [
    platform(),
    node(),
    nativeCalls(),
    device(),
    helper(),
    allowOther(),
    await fuseNative(),
    space(context),
    ...(await backends(context)),
    config(context)
  ]
  if (context.json) context.answer({ checks: findings })
  else
    for (const line of table(
      findings.map(({ check, ok, needed, found, mend }) => [
        ok ? 'ok' : needed ? 'FAIL' : 'note',
        check,
        ok ? found : `${found}; ${mend}`
      ])
    ))
      context.print(line)
  return findings.some(({ ok, needed }) => needed && !ok) ? 1 : 0
}

/** Whether each backend answers. Reading what is here needs none of them. */
const backends = (context: Context): Promise<Finding[]> =>
  Promise.all(
    configuredNames(context).map(async (name) => {
      const check = `backend ${name}`
      const mend = `see \`ipfs-kit backend test ${name}\``
      try {
        const backend = await openConfigured(readConfigured(context.home, name)!)
        try {
          const { version } = await backend.health({ signal: context.signal })
          return { check, ok: true, needed: false, found: version, mend }
        } finally {
          await backend.close()
        }
      } catch (error) {
        return { check, ok: false, needed: false, found: toKitError(error).message, mend }
      }
    })
  )

const configuredNames = ({ home }: Context): string[] =>
  existsSync(join(home, 'backends')) ? configuredBackends(home).map(({ name }) => name) : []

const isRoot = (): boolean => process.getuid?.() === 0

const platform = (): Finding => ({
  check: 'system',
  ok: process.platform === 'linux',
  needed: true,
  found: `${process.platform} ${release()}`,
  mend: 'mounting needs Linux; every other command works here too'
})

const node = (): Finding => ({
  check: 'Node.js',
  ok: Number(process.versions.node.split('.')[0]) >= 20,
  needed: true,
  found: process.versions.node,
  mend: 'install Node.js 20 or newer'
})

function nativeCalls(): Finding {
  let ok = true
  try {
    libc()
  } catch (error) {
    if (!isKitError(error)) throw error
    ok = false
  }
  return {
    check: 'system calls',
    ok,
    needed: true,
    found: ok ? 'koffi works' : `koffi has no build for ${process.platform}-${process.arch}`,
    mend: 'use a platform that it ships for (linux-x64, linux-arm64)'
  }
}

function device(): Finding {
  const finding = { check: '/dev/fuse', needed: true }
  if (!existsSync('/dev/fuse'))
    return { ...finding, ok: false, found: 'absent', mend: 'load it: `modprobe fuse` as root' }
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return { ...finding, ok: true, found: 'readable and writable', mend: '' }
  } catch (error) {
    const found = `not accessible (${systemCode(error)})`
    return { ...finding, ok: false, found, mend: 'as root: `chmod 666 /dev/fuse`' }
  }
}

function helper(): Finding {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const program = isRoot() ? 'mount' : 'fusermount3'
  const found = folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
  return {
    check: 'mount helper',
    ok: found !== undefined,
    needed: true,
    found: found ?? `${program} not found`,
    mend: isRoot() ? 'install it: `apt install mount`' : 'install it: `apt install fuse3`'
  }
}

function allowOther(): Finding {
  const conf = existsSync('/etc/fuse.conf') ? readFileSync('/etc/fuse.conf', 'utf8') : ''
  const ok = isRoot() || /^user_allow_other/m.test(conf)
  return {
    check: '--allow-other',
    ok,
    needed: false,
    found: ok ? 'allowed' : 'not allowed',
    mend: 'an administrator can add the line "user_allow_other" to /etc/fuse.conf'
  }
}

async function fuseNative(): Promise<Finding> {
  const finding = { check: '--driver fuse-native', needed: false }
  try {
    await loadFuseNative()
    return { ...finding, ok: true, found: 'loads', mend: '' }
  } catch (error) {
    if (!isKitError(error)) throw error
    return { ...finding, ok: false, found: 'not available', mend: error.message }
  }
}

function space(context: Context): Finding {
  let folder = context.home
  while (!existsSync(folder)) folder = join(folder, '..')
  const { bavail, bsize } = statfsSync(folder)
  return {
    check: 'free space',
    ok: bavail * bsize > LOW_SPACE,
    needed: false,
    found: `${formatSize(bavail * bsize)} at ${context.home}`,
    mend: 'free some, or move the home with --home'
  }
}

function config(context: Context): Finding {
  const finding = { check: 'configuration', needed: true }
  try {
    void context.config
    return { ...finding, ok: true, found: 'valid', mend: '' }
  } catch (error) {
    if (!isKitError(error, 'CONFIG_INVALID')) throw error
    return { ...finding, ok: false, found: error.message, mend: 'correct the file, or remove it' }
  }
}
