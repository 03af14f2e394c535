/** The requirements of mounting, with their state on this machine and the remedy for each. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { delimiter, join } from 'node:path'
import { isKitError, systemCode } from '../core/errors.js'
import { libc } from '../core/native.js'
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

function helper(): Requirement {
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
