/** The requirements of mounting, with their state on this machine and the remedy for each. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { release } from 'node:os'
import { delimiter, join } from 'node:path'
import { isKitError, systemCode } from '../core/errors.js'
import { libc, libcFunction } from '../core/native.js'
import { nodeProblem } from '../core/node-version.js'
import { loadFuseNative } from './drivers/fuse-native/load.js'

export interface Requirement {
  readonly check: string
  readonly ok: boolean
  /** Whether mounting fails without it. */
  readonly needed: boolean
  readonly found: string
  readonly mend: string
}

export const mountRequirements = async (): Promise<Requirement[]> => [
  platform(),
  node(),
  nativeCalls(),
  device(),
  helper(),
  ...privileges(),
  allowOther(),
  await fuseNative()
]

const isRoot = (): boolean => process.getuid?.() === 0

const platform = (): Requirement => ({
  check: 'system',
  ok: process.platform === 'linux',
  needed: true,
  found: `${process.platform} ${release()}`,
  mend: 'mounting needs Linux; every other command works here too'
})

const node = (): Requirement => ({
  check: 'Node.js',
  ok: nodeProblem() === undefined,
  needed: true,
  found: process.versions.node,
  mend: 'install Node.js 20, 22 or 24'
})

function nativeCalls(): Requirement {
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

function device(): Requirement {
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

/** What the helper of an ordinary user lacks to mount for them; undefined where it lacks nothing. */
function helperFault(path: string): { readonly found: string; readonly mend: string } | undefined {
  if (isRoot()) return undefined
  if (/^NoNewPrivs:\s*1$/m.test(readFileSync('/proc/self/status', 'latin1')))
    return {
      found: `${path} gets no privileges here (no_new_privs is set)`,
      mend: 'start it without `setpriv --no-new-privs`; in a unit of systemd, `NoNewPrivileges=no`'
    }
  if ((statSync(path).mode & SETUID) === 0 && !hasCapabilities(path))
    return { found: `${path} is not setuid root`, mend: 'as root: `chmod u+s` it, or install fuse3 again' } // prettier-ignore
  return undefined
}

const SETUID = 0o4000

/** Returns whether a program brings privileges of its own, as some systems give them instead of setuid. */
function hasCapabilities(path: string): boolean {
  const getxattr = libcFunction(
    'long getxattr(const char *path, const char *name, void *value, size_t size)'
  )
  return Number(getxattr(path, 'security.capability', null, 0)) > 0
}

/** Root mounts by itself, if it is allowed to. */
function privileges(): Requirement[] {
  if (process.platform !== 'linux' || !isRoot()) return []
  const bits = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
  const ok = bits === undefined || (BigInt(`0x${bits}`) & CAP_SYS_ADMIN) !== 0n
  return [
    {
      check: 'privileges',
      ok,
      needed: true,
      found: ok
        ? 'root may mount'
        : 'root may not mount here (no CAP_SYS_ADMIN), as in a container',
      mend: 'give it the capability: `docker run --cap-add SYS_ADMIN --device /dev/fuse`'
    }
  ]
}

const CAP_SYS_ADMIN = 1n << 21n

function helper(): Requirement {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const program = isRoot() ? 'mount' : 'fusermount3'
  const found = folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
  const fault = found === undefined ? undefined : helperFault(found)
  const finding = { check: 'mount helper', needed: true }
  if (fault !== undefined) return { ...finding, ok: false, ...fault }
  return {
    ...finding,
    ok: found !== undefined,
    found: found ?? `${program} not found`,
    mend: isRoot() ? 'install it: `apt install mount`' : 'install it: `apt install fuse3`'
  }
}

function allowOther(): Requirement {
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

async function fuseNative(): Promise<Requirement> {
  const finding = { check: '--driver fuse-native', needed: false }
  try {
    await loadFuseNative()
    return { ...finding, ok: true, found: 'loads', mend: '' }
  } catch (error) {
    if (!isKitError(error)) throw error
    return { ...finding, ok: false, found: 'not available', mend: error.message }
  }
}
